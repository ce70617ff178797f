#pragma once

#include "cards/piv/card.hpp"
#include "cards/piv/factory.hpp"
#include "cards/piv/pin.hpp"
#include "tests/fakes/hex.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::cards::piv {

/// What lies where a card's state is kept, and whether writing works.
struct Disk {
  std::vector<std::uint8_t> state;
  int writes = 0;
  int fails_at = -1;  ///< the write with this number, from 0; -1: none

  bool write(Bytes bytes) {
    if (writes++ == fails_at) return false;
    state.assign(bytes.begin(), bytes.end());
    return true;
  }
};

/// PIN 123456, PUK 12345678, and a PIN's test that takes no time.
inline State quick_card() {
  NewCard card = new_card();
  card.work = WorkFactor::Least;
  return make_card(card);
}

/// A program that has a card: sends hex, chained where it is long, and gets all of the answer.
class CardUser {
 public:
  explicit CardUser(State state = quick_card())
      : card_(std::move(state), [disk = disk_](Bytes bytes) { return disk->write(bytes); }) {}

  CardUser(State state, Store store) : card_(std::move(state), std::move(store)) {}

  /// One APDU as it is.
  std::string raw(std::string_view command) {
    const fakes::ExactBytes bytes(fakes::from_hex(command));
    return fakes::to_hex(card_.transmit(bytes).view());
  }

  /// One APDU; the answer of any length.
  std::string whole(std::string_view command) { return rest(raw(command)); }

  /// "CLA INS P1 P2" and data of any length; the answer of any length, with its last status word.
  std::string send(std::string_view header, std::string_view data = "") {
    const auto bytes = fakes::from_hex(data);
    std::size_t at = 0;
    std::string command = fakes::to_hex(fakes::from_hex(header));
    for (; bytes.size() - at > 255; at += 255) {
      const std::string chained = raw("1" + command.substr(1) + "ff" + hex(bytes, at, 255));
      if (chained != "9000") return chained;
    }
    if (!bytes.empty()) command += size(bytes.size() - at) + hex(bytes, at, bytes.size() - at);
    return rest(raw(command + "00"));
  }

  std::string verify(std::string_view pin) { return send("00200080", padded_hex(pin)); }
  std::string select() { return send("00a40400", "a000000308"); }

  /// As the external side, with the card's key.
  std::string manage();

  static std::string padded_hex(std::string_view pin) { return fakes::to_hex(padded(pin).view()); }

  void reset() { card_.reset(); }
  Disk& disk() { return *disk_; }
  const State& state() const { return card_.application().state(); }

 private:
  static std::string hex(const std::vector<std::uint8_t>& bytes, std::size_t at,
                         std::size_t count) {
    return fakes::to_hex(Bytes(bytes).subspan(at, count));
  }
  static std::string size(std::size_t count) {
    const auto byte = static_cast<std::uint8_t>(count);
    return fakes::to_hex(Bytes(&byte, 1));
  }
  std::string rest(std::string answer) {
    while (answer.size() > 4 && answer.substr(answer.size() - 4, 2) == "61") {
      answer.resize(answer.size() - 4);
      answer += raw("00c0000000");
    }
    return answer;
  }

  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  Card card_;
};

}  // namespace vscard::cards::piv
