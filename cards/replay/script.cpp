#include "cards/replay/script.hpp"

#include "protocol/hex.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vscard::cards::replay {
namespace {

using protocol::SecretBytes;
using protocol::iso7816::BlankedApdu;
using recording::Event;
using recording::Timestamp;

/// Adds one line after the other to the script.
class Maker {
 public:
  void add(const recording::Line& line) {
    const Timestamp before = std::exchange(time_, line.time);
    after_ = std::max(line.time - before, Timestamp());
    line_ = line.number;
    std::visit([this](const auto& message) { take(message); }, line.message);
  }

  std::vector<Step> take_script() {
    leave_out_open();
    return std::move(script_);
  }

 private:
  /// Of another start, too, at which the card was not yet in.
  void take(const recording::Header& /*header*/) {
    leave_out_open();
    script_.emplace_back(Reset{});
    if (in_) happen(CardRemoved{});
  }
  void take(const recording::Command& command) {
    leave_out_open();
    open_ = script_.size();
    script_.emplace_back(Exchange{
        .line = line_, .command = command.apdu, .response = std::unexpected(CardError::Failed)});
  }
  void take(const recording::Response& response) { close(response.apdu); }
  void take(const recording::NoResponse& none) { close(std::unexpected(none.why)); }
  void take(const Event& event) {
    if (event.what == Event::What::Reset) {
      script_.emplace_back(Reset{});
    } else {
      happen(card_event(event));
    }
  }

  void happen(const CardEvent& event) {
    in_ = !std::holds_alternative<CardRemoved>(event);
    script_.emplace_back(Happening{.event = event, .after = after_});
  }

  static CardEvent card_event(const Event& event) {
    if (event.what == Event::What::Removed) return CardRemoved{};
    if (event.what == Event::What::OtherReset) return CardReset{*event.atr};
    return CardInserted{*event.atr};
  }

  void close(std::expected<BlankedApdu, CardError> response) {
    if (!open_) return;
    std::get<Exchange>(script_[*open_]).response = std::move(response);
    open_.reset();
  }

  void leave_out_open() {
    if (open_) script_.erase(script_.begin() + static_cast<std::ptrdiff_t>(*open_));
    open_.reset();
  }

  std::vector<Step> script_;
  std::optional<std::size_t> open_;  ///< the place of an exchange that has no answer yet
  Timestamp time_{};
  Timestamp after_{};
  std::size_t line_ = 0;
  bool in_ = false;  ///< the card
};

/// As T=0 has it.
protocol::Bytes without_le(protocol::Bytes command) {
  using protocol::iso7816::LengthForm;
  const auto parsed = protocol::iso7816::CommandApdu::parse(command);
  if (!parsed || parsed->data.empty() || parsed->ne == 0) return command;
  return command.first(command.size() - (parsed->form == LengthForm::Short ? 1 : 2));
}

}  // namespace

std::vector<Step> make_script(const recording::Recording& recording) {
  Maker maker;
  for (const recording::Line& line : recording.lines) maker.add(line);
  return maker.take_script();
}

bool matches(const BlankedApdu& recorded, protocol::Bytes command) {
  const protocol::Bytes all = recorded.bytes;
  if (recorded.blank_size == 0) return std::ranges::equal(without_le(all), without_le(command));
  const protocol::Bytes begin = all.first(recorded.blank_begin);
  const protocol::Bytes end = all.subspan(recorded.blank_begin + recorded.blank_size);
  return command.size() >= begin.size() + end.size() &&
         std::ranges::equal(begin, command.first(begin.size())) &&
         std::ranges::equal(end, command.last(end.size()));
}

std::expected<SecretBytes, CardError> answer_of(const Exchange& exchange) {
  if (!exchange.response) return std::unexpected(exchange.response.error());
  return SecretBytes::copy_of(exchange.response->bytes);
}

std::string describe(const BlankedApdu& command) {
  const std::size_t whole = command.blank_size > 0 ? command.blank_begin : command.bytes.size();
  std::string text =
      protocol::to_hex(protocol::Bytes(command.bytes).first(std::min(whole, kMaxDescribed)));
  if (whole > kMaxDescribed) text += "... (" + std::to_string(command.bytes.size()) + " bytes)";
  if (command.blank_size > 0) text += " and what is not shown";
  return text;
}

}  // namespace vscard::cards::replay
