#pragma once

#include "pcsc-bridge/serve/direct_link.hpp"
#include "tests/fakes/cards.hpp"

#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// Both sides of a DirectLink, and what they were told. The card answers when the test says so;
/// programs see a change at once, unless they are busy.
class DirectLinkUser : private session::CardSide, private pcsc_bridge::serve::CardEvents {
 public:
  static constexpr std::chrono::seconds kApduTimeout{5};

  pcsc_bridge::serve::DirectLink& link() { return link_; }
  void plug() {
    link_.plug_into(pcsc_bridge::pcsc::ReaderId{1}, *this,
                    program::ApduTrail("reader", "r", nobody_));
  }
  void insert(const std::string& hex) { link_.insert_card(kCard, atr(hex)); }
  void reset(const std::string& hex) { link_.reset_card(kCard, atr(hex)); }
  void remove() { link_.remove_card(kCard); }
  void transmit(const std::string& command) { link_.transmit(secret(command)); }
  void respond(const std::string& response) { link_.respond(kCard, secret(response)); }
  void fail() { link_.no_answer(kCard); }
  bool settled() const { return link_.settled(kCard); }

  /// Programs do not look at what changes, until they look().
  void keep_busy() { busy_ = true; }
  void look() {
    busy_ = false;
    link_.look();
  }
  /// So much time has passed.
  void pass(protocol::Duration time) { link_.expire(protocol::Clock::now() + time); }

  /// What came since the last time.
  std::vector<std::string> take() { return std::exchange(told_, {}); }

 private:
  static constexpr protocol::vsc::ReaderId kCard{0};

  // The card.
  void perform(protocol::vsc::VscClient::Action action) override {
    using protocol::vsc::VscClient;
    if (const auto* command = std::get_if<VscClient::Transmit>(&action)) {
      told_.push_back("card: " + to_hex(command->command.view()));
    } else if (std::holds_alternative<VscClient::Reset>(action)) {
      told_.emplace_back("card: reset");
    } else if (std::holds_alternative<VscClient::ReaderAccepted>(action)) {
      told_.emplace_back("card: accepted");
    } else if (std::holds_alternative<VscClient::CardMute>(action)) {
      told_.emplace_back("card: is mute");
    }
  }
  void host_has_gone() override { told_.emplace_back("card: host has gone"); }

  // The programs.
  void inserted(pcsc_bridge::pcsc::ReaderId /*reader*/, const protocol::iso7816::Atr& atr,
                std::size_t /*max_command*/) override {
    told_.push_back("inserted " + to_hex(atr.bytes()));
  }
  void removed(pcsc_bridge::pcsc::ReaderId /*reader*/) override { told_.emplace_back("removed"); }
  void responded(pcsc_bridge::pcsc::ReaderId /*reader*/,
                 std::expected<protocol::SecretBytes, protocol::Errc> answer) override {
    told_.push_back(answer ? to_hex(answer->view()) : make_error_code(answer.error()).message());
  }
  bool seen() const override { return !busy_; }

  program::Watchers nobody_;
  std::vector<std::string> told_;
  bool busy_ = false;
  pcsc_bridge::serve::DirectLink link_{*this, [](const Notice&) {}, kApduTimeout};
};

}  // namespace vscard::fakes
