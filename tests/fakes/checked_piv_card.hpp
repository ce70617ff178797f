#pragma once

#include "cards/piv/block_cipher.hpp"
#include "cards/piv/card.hpp"
#include "cards/piv/factory.hpp"
#include "cards/piv/pin.hpp"

#include <algorithm>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

namespace vscard::fakes {

/// A PIV card whose answers are checked against what was said to it: no key is used without the PIN
/// that its policy asks for, a counter goes up only for who knows the secret, what fails changes
/// nothing, and what lies on the disk is what the card has.
class CheckedPivCard {
 public:
  CheckedPivCard()
      : card_(first_state().clone(), [this](protocol::Bytes bytes) { return write(bytes); }) {}

  /// What the card answers; nothing to what would take too long.
  std::vector<std::uint8_t> transmit(protocol::Bytes bytes) {
    if (makes_rsa_key(bytes)) return {};
    const cards::piv::State before = state().clone();
    const protocol::SecretBytes answer = card_.transmit(bytes);
    if (!check(answer.size() >= 2)) return {};
    const auto command = protocol::iso7816::CommandApdu::parse(bytes);
    const unsigned status =
        (unsigned{answer.view()[answer.size() - 2]} << 8) | answer.view().back();
    if (command) {
      const std::size_t most = command->ne == 0 ? 256 : command->ne;
      check(answer.size() <= most + 2);
      follow(*command, before, status);
    }
    check_state(before, status);
    return {answer.view().begin(), answer.view().end()};
  }

  void reset() {
    card_.reset();
    log_out();
  }
  /// The card is a new one from now on.
  void replace() {
    card_.replace(first_state().clone());
    log_out();
    start_over();
    fails_ = false;
  }
  void fail_next_write() { fails_ = true; }
  /// The rule that was broken first, or "".
  const std::string& wrong() const { return wrong_; }
  void verify() { transmit(bytes_of({0x00, 0x20, 0x00, 0x80, 0x08}, pin_)); }

  void manage() {
    const auto& key = state().management;
    const auto algorithm = static_cast<std::uint8_t>(key.algorithm);
    const auto block = static_cast<std::uint8_t>(cards::piv::block_size(key.algorithm));
    chain_.reset();
    const auto asked =
        card_.transmit(std::vector<std::uint8_t>{0, 0x87, algorithm, 0x9b, 4, 0x7c, 2, 0x81, 0});
    if (!check(asked.size() == std::size_t{6} + block)) return;
    const auto shown = cards::piv::encrypt_block(key, asked.view().subspan(4, block));
    const auto size = [&](int more) { return static_cast<std::uint8_t>(block + more); };
    const auto answer = card_.transmit(
        bytes_of({0, 0x87, algorithm, 0x9b, size(4), 0x7c, size(2), 0x82, block}, shown.view()));
    check(answer.view()[0] == 0x90);
    managed_ = true;
  }

 private:
  using Command = protocol::iso7816::CommandApdu;

  static const cards::piv::State& first_state() {
    static const cards::piv::State kState = [] {
      cards::piv::NewCard card = cards::piv::new_card();
      card.work = cards::piv::WorkFactor::Least;
      return cards::piv::make_card(card);
    }();
    return kState;
  }

  bool check(bool holds, std::source_location where = std::source_location::current()) {
    if (!holds && wrong_.empty()) {
      wrong_ = std::string(where.function_name()) + ", line " + std::to_string(where.line());
    }
    return holds;
  }

  static std::vector<std::uint8_t> bytes_of(std::initializer_list<std::uint8_t> head,
                                            protocol::Bytes rest) {
    std::vector<std::uint8_t> bytes(head);
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
  }

  static bool makes_rsa_key(protocol::Bytes bytes) {
    if (bytes.size() < 8 || bytes[1] != 0x47) return false;
    constexpr std::uint8_t kTag[]{0x80, 0x01};
    const auto found = std::ranges::search(bytes, kTag);
    return found.empty() || found.end() == bytes.end() || *found.end() < 0x11 ||
           *found.end() == 0x16;
  }

  const cards::piv::State& state() const { return card_.application().state(); }

  bool write(protocol::Bytes bytes) {
    if (std::exchange(fails_, false)) return false;
    disk_.assign(bytes.begin(), bytes.end());
    stored_ = true;
    return true;
  }

  /// The data of the whole chain; nothing while it goes on.
  std::optional<std::vector<std::uint8_t>> whole_data(const Command& command) {
    if (command.cla != 0x00 && command.cla != 0x10) return std::nullopt;
    if (command.ins == 0xc0) return std::nullopt;
    const bool goes_on = chain_ && chain_->ins == command.ins && chain_->p1 == command.p1 &&
                         chain_->p2 == command.p2;
    std::vector<std::uint8_t> data = goes_on ? data_ : std::vector<std::uint8_t>{};
    data.insert(data.end(), command.data.begin(), command.data.end());
    chain_.reset();
    if (command.cla == 0x00) return data;
    chain_ = command;
    chain_->data = {};
    data_ = data;
    return std::nullopt;
  }

  void follow(const Command& command, const cards::piv::State& before, unsigned status) {
    const auto data = whole_data(command);
    if (!data) return;
    const protocol::Bytes bytes = *data;
    const bool done = status == 0x9000 || (status >> 8) == 0x61;
    const bool wrong = (status & 0xfff0) == 0x63c0;
    switch (command.ins) {
      case 0x20:
        if (wrong && !bytes.empty()) verified_ = false;
        if (done) follow_verify(command, bytes);
        break;
      case 0x24:
        if (wrong && command.p2 == 0x80) verified_ = false;
        if (done) follow_change(command.p2 == 0x80 ? pin_ : puk_, command.p2 == 0x80, bytes);
        break;
      case 0x2c:
        if (!done) break;
        check(std::ranges::equal(bytes.first(8), puk_));
        pin_.assign(bytes.begin() + 8, bytes.end());
        verified_ = false;
        break;
      case 0x87:
        if (done && command.p2 != 0x9b)
          follow_use(static_cast<cards::piv::Slot>(command.p2), before);
        if (command.p2 == 0x9b && status == 0x6982) managed_ = false;
        break;
      case 0xfa:
        if (done) check(verified_ && managed_);
        if (done) start_over();
        break;
      case 0xfb:
        if (!done) break;
        check(before.pin.tries == 0 && before.puk.tries == 0);
        start_over();
        verified_ = managed_ = false;
        break;
      case 0x47:
      case 0xdb:
      case 0xfe:
      case 0xff:
        if (done) check(managed_);
        break;
      default:
        break;
    }
  }

  void follow_verify(const Command& command, protocol::Bytes data) {
    if (command.p1 == 0xff) verified_ = false;
    if (command.p1 == 0xff || data.empty()) return;
    check(std::ranges::equal(data, pin_));
    verified_ = fresh_ = true;
  }

  void follow_change(std::vector<std::uint8_t>& secret, bool pin, protocol::Bytes data) {
    check(std::ranges::equal(data.first(8), secret));
    secret.assign(data.begin() + 8, data.end());
    if (pin) verified_ = fresh_ = true;
  }

  void follow_use(cards::piv::Slot slot, const cards::piv::State& before) {
    const auto key = before.keys.find(slot);
    if (!check(key != before.keys.end())) return;
    const auto policy = key->second.policy;
    check(policy == cards::piv::PinPolicy::Never ||
          (verified_ && (policy == cards::piv::PinPolicy::Once || fresh_)));
    fresh_ = false;
  }

  void log_out() {
    verified_ = fresh_ = managed_ = false;
    chain_.reset();
  }

  void start_over() {
    pin_ = padded(cards::piv::kDefaultPin);
    puk_ = padded(cards::piv::kDefaultPuk);
  }

  static std::vector<std::uint8_t> padded(std::string_view text) {
    const auto bytes = cards::piv::padded(text);
    return {bytes.view().begin(), bytes.view().end()};
  }

  void check_state(const cards::piv::State& before, unsigned status) {
    const bool changed = std::exchange(stored_, false) || !(state() == before);
    if (changed) check(std::ranges::equal(cards::piv::encode(state()).view(), disk_));
    const bool done = status == 0x9000 || (status >> 8) == 0x61;
    if (done) return;
    check(state().pin.tries <= before.pin.tries && state().puk.tries <= before.puk.tries);
    cards::piv::State same = state().clone();
    same.pin.tries = before.pin.tries;
    same.puk.tries = before.puk.tries;
    check(same == before);
  }

  std::string wrong_;
  std::vector<std::uint8_t> disk_;  ///< the last write
  bool stored_ = false;             ///< by this command
  bool fails_ = false;
  cards::piv::Card card_;
  std::vector<std::uint8_t> pin_ = padded(cards::piv::kDefaultPin);
  std::vector<std::uint8_t> puk_ = padded(cards::piv::kDefaultPuk);
  bool verified_ = false;
  bool fresh_ = false;  ///< since the PIN was verified no key was used
  bool managed_ = false;
  std::optional<Command> chain_;
  std::vector<std::uint8_t> data_;  ///< of the chain
};

}  // namespace vscard::fakes
