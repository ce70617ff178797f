#include "cards/replay/reader.hpp"

#include "async/spawn.hpp"

#include <algorithm>
#include <utility>

namespace vscard::cards::replay {

using protocol::Clock;
using protocol::SecretBytes;
using protocol::iso7816::Atr;

Reader::Reader(asio::any_io_executor executor, std::string name, std::unique_ptr<Player> player)
    : executor_(std::move(executor)), name_(std::move(name)), player_(std::move(player)) {}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  on_event_ = std::move(on_event);
  async::spawn(executor_, play_happenings());
}

Awaitable<std::expected<SecretBytes, CardError>> Reader::transmit(SecretBytes command) {
  in_a_hurry_ = player_->next_happening() != nullptr;
  auto answer = atr_ ? player_->transmit(command.view()) : std::unexpected(CardError::NoCard);
  changed_.notify();
  co_return std::move(answer);
}

Awaitable<std::expected<Atr, CardError>> Reader::reset(PowerAction /*action*/) {
  player_->reset();
  if (!atr_) co_return std::unexpected(CardError::NoCard);
  co_return *atr_;
}

Awaitable<void> Reader::play_happenings() {
  for (;;) {
    while (player_->next_happening() == nullptr) co_await changed_.wait();
    const Happening next = *player_->next_happening();
    co_await pause(std::min<protocol::Duration>(next.after, kLongestPause));
    player_->pass_happening();
    happen(next.event);
  }
}

/// Or until a command comes.
Awaitable<void> Reader::pause(protocol::Duration duration) {
  const auto limit = Clock::now() + duration;
  while (!in_a_hurry_ && Clock::now() < limit) co_await changed_.wait_until(limit);
  in_a_hurry_ = false;
}

void Reader::happen(const CardEvent& event) {
  if (const auto* inserted = std::get_if<CardInserted>(&event)) atr_ = inserted->atr;
  if (const auto* reset = std::get_if<CardReset>(&event)) atr_ = reset->atr;
  if (std::holds_alternative<CardRemoved>(event)) atr_.reset();
  on_event_(event);
}

}  // namespace vscard::cards::replay
