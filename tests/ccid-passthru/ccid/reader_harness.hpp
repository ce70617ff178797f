#pragma once

#include "ccid-passthru/ccid/reader.hpp"
#include "tests/ccid-passthru/ccid/oracle.hpp"
#include "tests/ccid-passthru/ccid/reader_text.hpp"
#include "tests/protocol/hex.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::ccid::test {

inline const std::string kAtr = "3b808131fe458b";  ///< T=1
inline const std::string kOtherAtr = "3b00";       ///< T=0
inline const std::string kSelect = "00a40400";

inline protocol::iso7816::Atr atr(const std::string& hex) {
  return protocol::iso7816::Atr::parse(protocol::test::from_hex(hex)).value();
}

/// A reader, its guest, its card and its clock. Every step is checked by a oracle.
class Harness {
 public:
  using Lines = std::vector<std::string>;

  explicit Harness(MessageLimits limits = {}) : reader_(limits) {}

  Lines send(protocol::Bytes message) {
    oracle_.sent(message);
    return check(reader_.receive(protocol::test::ExactBytes(message), now_));
  }
  Lines send(CommandType type, std::uint8_t seq, std::string_view data = "",
             std::string_view specific = "000000") {
    return send(command(type, seq, data, specific));
  }
  Lines transmit(std::uint8_t seq) { return send(CommandType::XfrBlock, seq, kSelect); }
  Lines abort(std::uint8_t seq) { return check(reader_.abort(Seq{seq})); }
  Lines abandon() { return forgiven(reader_.abandon()); }
  Lines restart() { return forgiven(reader_.restart()); }
  Lines reset() { return forgiven(reader_.reset()); }
  std::string notification() {
    const auto taken = reader_.take_notification();
    return taken ? protocol::test::to_hex(*taken) : "";
  }
  Lines announce() { return check(reader_.announce_slot()); }

  Lines insert(const std::string& hex = kAtr) { return check(reader_.insert_card(atr(hex), now_)); }
  Lines remove() { return check(reader_.remove_card(now_)); }
  Lines respond(protocol::Bytes bytes) {
    oracle_.returned();
    return check(reader_.respond(protocol::SecretBytes::copy_of(bytes)));
  }
  Lines respond(const std::string& hex) { return respond(protocol::test::from_hex(hex)); }
  Lines fail(protocol::Errc reason) {
    oracle_.returned();
    return check(reader_.fail(reason));
  }
  /// As a VSC host tells of a lost connection.
  Lines lose_link() {
    Lines lines;
    if (reader_.busy()) lines = fail(protocol::Errc::LinkLost);
    for (auto& line : remove()) lines.push_back(line);
    return lines;
  }

  Lines wait(protocol::Duration duration) {
    now_ += duration;
    return check(reader_.expire(now_));
  }
  std::optional<protocol::Duration> time_left() const {
    const auto deadline = reader_.deadline();
    if (!deadline) return std::nullopt;
    return *deadline - now_;
  }

  Harness& inserted() {
    insert();
    return *this;
  }
  Harness& active() {
    inserted().send(CommandType::IccPowerOn, 200);
    return *this;
  }
  /// XfrBlock 201 is at the card.
  Harness& busy() {
    active().transmit(201);
    return *this;
  }

 private:
  Lines check(const Reader::Actions& actions) {
    const Lines lines = text_of(actions);
    EXPECT_TRUE(oracle_.accepts(actions, reader_)) << testing::PrintToString(lines);
    return lines;
  }
  Lines forgiven(const Reader::Actions& actions) {
    oracle_.forgiven();
    return check(actions);
  }

  Reader reader_;
  Oracle oracle_;
  protocol::Time now_;
};

}  // namespace vscard::ccid_passthru::ccid::test
