#pragma once

#include "ccid-passthru/ccid/reader.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace vscard::fakes {

/// Keeps account of what a CCID reader owes: one answer per command, with its bSeq and of its type,
/// and never one more; the card gets no second APDU before the first has come back or is aborted.
class CcidOracle {
 public:
  using Reader = ccid_passthru::ccid::Reader;

  /// The guest has sent a message.
  void sent(protocol::Bytes message) {
    if (const auto parsed = ccid_passthru::ccid::parse_command(message)) sent_ = parsed->command;
  }
  /// The guest does not wait any more.
  void forgiven() { owed_.reset(); }
  /// The card has answered, or failed.
  void returned() { transmitting_ = false; }

  /// Is it right that the reader does this after what was noted last?
  bool accepts(const Reader::Actions& actions, const Reader& reader) {
    for (const auto& action : actions) {
      if (!std::visit([&](const auto& it) { return accept(it); }, action)) return false;
    }
    if (sent_ && owed_) return false;
    if (sent_) owed_ = sent_;
    sent_.reset();
    // An Abort may wait for its other half, a command for the card, and nothing for anything else.
    const bool for_card = owed_ && owed_->type == CommandType::XfrBlock;
    const bool for_half = owed_ && owed_->type == CommandType::Abort;
    return reader.busy() == for_card && transmitting_ == for_card &&
           (!owed_ || for_card || for_half);
  }

 private:
  using Command = ccid_passthru::ccid::Command;
  using CommandType = ccid_passthru::ccid::CommandType;

  static bool answers(const Command& command, protocol::Bytes message) {
    using namespace ccid_passthru::ccid;
    return message.size() >= kHeaderSize &&
           announced_length(message) == message.size() - kHeaderSize &&
           message[0] == static_cast<std::uint8_t>(reply_type(command.type)) &&
           message[5] == static_cast<std::uint8_t>(command.slot) &&
           message[6] == static_cast<std::uint8_t>(command.seq);
  }
  static bool settle(std::optional<Command>& debt, protocol::Bytes message) {
    if (!debt || !answers(*debt, message)) return false;
    debt.reset();
    return true;
  }
  bool accept(const Reader::Answer& it) {
    const protocol::Bytes message = it.message.view();
    return settle(sent_, message) || settle(owed_, message);
  }
  bool accept(const Reader::TimeExtension& it) const {
    return owed_ && !sent_ && answers(*owed_, it.message.view());
  }
  bool accept(const Reader::Transmit& /*it*/) { return !std::exchange(transmitting_, true); }
  bool accept(const Reader::AbortTransmit& /*it*/) { return std::exchange(transmitting_, false); }
  bool accept(const Reader::PowerCard& /*it*/) const { return !transmitting_; }
  static bool accept(const Reader::SlotChanged& /*it*/) { return true; }

  std::optional<Command> sent_;  ///< just now
  std::optional<Command> owed_;  ///< since before
  bool transmitting_ = false;
};

}  // namespace vscard::fakes
