#pragma once

#include "tests/fakes/cards.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/checked_reader.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace vscard::fakes {

/// A CCID reader, its guest, its card and its clock; what the reader does is text. Every step is
/// checked by an oracle.
class ReaderHarness {
 public:
  using Lines = std::vector<std::string>;
  using CommandType = ccid_passthru::ccid::CommandType;

  explicit ReaderHarness(ccid_passthru::ccid::MessageLimits limits = {}) : reader_(limits) {}

  Lines send(protocol::Bytes message) { return check(reader_.receive(ExactBytes(message))); }
  Lines send(CommandType type, std::uint8_t seq, std::string_view data = "",
             std::string_view specific = "000000") {
    return send(command(type, seq, data, specific));
  }
  Lines transmit(std::uint8_t seq) { return send(CommandType::XfrBlock, seq, kSelect); }
  Lines abort(std::uint8_t seq) { return check(reader_.abort(ccid_passthru::ccid::Seq{seq})); }
  Lines abandon() { return check(reader_.abandon()); }
  Lines restart() { return check(reader_.restart()); }
  Lines reset() { return check(reader_.reset()); }
  std::string notification() {
    const auto taken = reader_.take_notification();
    return taken ? to_hex(*taken) : "";
  }
  Lines announce() { return check(reader_.announce_slot()); }

  Lines insert(const std::string& hex = kAtr) { return check(reader_.insert_card(atr(hex))); }
  Lines remove() { return check(reader_.remove_card()); }
  Lines respond(protocol::Bytes bytes) {
    return check(reader_.respond(protocol::SecretBytes::copy_of(bytes)));
  }
  Lines respond(const std::string& hex) { return respond(from_hex(hex)); }
  Lines fail(protocol::Errc reason) { return check(reader_.fail(reason)); }
  /// As a VSC host tells of a lost connection.
  Lines lose_link() {
    Lines lines;
    if (reader_.busy()) lines = fail(protocol::Errc::LinkLost);
    for (auto& line : remove()) lines.push_back(line);
    return lines;
  }
  bool card_is_busy() const { return reader_.busy(); }

  Lines wait(protocol::Duration duration) { return check(reader_.wait(duration)); }
  std::optional<protocol::Duration> time_left() const { return reader_.time_left(); }

  ReaderHarness& inserted() {
    insert();
    return *this;
  }
  ReaderHarness& active() {
    inserted().send(CommandType::IccPowerOn, 200);
    return *this;
  }
  /// XfrBlock 201 is at the card.
  ReaderHarness& busy() {
    active().transmit(201);
    return *this;
  }

 private:
  Lines check(const CheckedReader::Actions& actions) const {
    const Lines lines = text_of(actions);
    EXPECT_TRUE(reader_.right()) << testing::PrintToString(lines);
    return lines;
  }

  CheckedReader reader_;
};

}  // namespace vscard::fakes
