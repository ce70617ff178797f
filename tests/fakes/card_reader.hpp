#pragma once

#include "async/event.hpp"
#include "cards/reader.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/hex.hpp"

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// How a card treats one command in place of answering it.
enum class CardFault {
  None,
  Mute,     ///< nothing comes, until answer_late()
  TooLong,  ///< a response of kTooLong bytes
  Fails,    ///< its reader gets no answer
  NoCard,   ///< its reader finds none, and has yet to tell that it was removed
  Removed,  ///< it is pulled out
  Reset,    ///< by another program; the command is lost
};

inline std::string to_text(cards::PowerAction action) {
  if (action == cards::PowerAction::Down) return "down";
  return action == cards::PowerAction::WarmReset ? "warm reset" : "reset";
}

/// A card in a reader of its own, whose faults have names. Answers with the command and 9000.
class FakeCard final : public cards::Reader {
 public:
  static constexpr std::size_t kTooLong = 65539;  ///< bytes: one more than a response has

  /// Whatever it does with its command.
  bool is_alive = false;
  std::function<void()> on_renew = [] {};
  /// What it does with the commands that come, one each; then it answers.
  void next(CardFault fault) { faults_.push_back(fault); }
  void answer_late() {
    mute_ = false;
    changed_.notify();
  }
  /// Resets wait until end_reset(), each for one.
  void hold_resets() { holds_resets_ = true; }
  void end_reset() {
    ++ended_resets_;
    changed_.notify();
  }

  void insert(const std::string& hex = kOtherAtr) {
    atr_ = hex;
    tell(cards::CardInserted{atr(atr_)});
  }
  void remove() {
    atr_.clear();
    tell(cards::CardRemoved{});
  }
  /// Some cards have another ATR then.
  void reset_by_another(const std::string& hex = "") {
    if (!hex.empty()) atr_ = hex;
    tell(cards::CardReset{atr(atr_)});
  }
  void has_after_reset(const std::string& hex) { atr_ = hex; }

  /// Commands in hex, "down", "reset", "warm reset" and "stop".
  const std::vector<std::string>& done() const { return done_; }

  // cards::Reader
  cards::ReaderInfo info() const override { return {.name = "fake"}; }
  void watch(std::function<void(const cards::CardEvent&)> on_event) override {
    on_event_ = std::move(on_event);
    if (!atr_.empty()) tell(cards::CardInserted{atr(atr_)});
  }
  Awaitable<std::expected<protocol::SecretBytes, cards::CardError>> transmit(
      protocol::SecretBytes command) override {
    done_.push_back(to_hex(command.view()));
    switch (take_fault()) {
      case CardFault::None:
        break;
      case CardFault::Mute:
        mute_ = true;
        while (mute_) co_await changed_.wait();
        break;
      case CardFault::TooLong:
        co_return protocol::SecretBytes::zeros(kTooLong);
      case CardFault::Fails:
        co_return std::unexpected(cards::CardError::Failed);
      case CardFault::NoCard:
        co_return std::unexpected(cards::CardError::NoCard);
      case CardFault::Removed:
        remove();
        co_return std::unexpected(cards::CardError::NoCard);
      case CardFault::Reset:
        reset_by_another();
        co_return std::unexpected(cards::CardError::Failed);
    }
    co_return secret(to_hex(command.view()) + "9000");
  }
  bool alive() const override { return is_alive; }
  Awaitable<void> renew() override {
    on_renew();
    co_return;
  }
  void stop_command() override { done_.emplace_back("stop"); }
  Awaitable<std::expected<protocol::iso7816::Atr, cards::CardError>> reset(
      cards::PowerAction action) override {
    while (holds_resets_ && ended_resets_ == 0) co_await changed_.wait();
    if (holds_resets_) --ended_resets_;
    done_.emplace_back(to_text(action));
    if (atr_.empty()) co_return std::unexpected(cards::CardError::NoCard);
    co_return atr(atr_);
  }

 private:
  void tell(const cards::CardEvent& event) {
    if (on_event_) on_event_(event);
  }
  CardFault take_fault() {
    if (faults_.empty()) return CardFault::None;
    const CardFault fault = faults_.front();
    faults_.pop_front();
    return fault;
  }

  std::string atr_ = kOtherAtr;  ///< of the card that is in, or ""
  std::function<void(const cards::CardEvent&)> on_event_;
  std::deque<CardFault> faults_;
  std::vector<std::string> done_;
  async::Event changed_;
  bool mute_ = false;
  bool holds_resets_ = false;
  int ended_resets_ = 0;
};

}  // namespace vscard::fakes
