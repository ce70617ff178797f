#pragma once

#include "async/event.hpp"
#include "cards/reader.hpp"
#include "cards/replay/player.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vscard::cards::replay {

/// What happens by itself happens when it did after what was before it, or after this.
inline constexpr std::chrono::seconds kLongestPause{1};

/// A card that a player plays.
class Reader final : public cards::Reader {
 public:
  Reader(asio::any_io_executor executor, std::string name, std::unique_ptr<Player> player);

  ReaderInfo info() const override { return {.name = name_, .verbatim = true}; }
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

 private:
  Awaitable<void> play_happenings();
  Awaitable<void> pause(protocol::Duration duration);
  void happen(const CardEvent& event);

  asio::any_io_executor executor_;
  std::string name_;
  std::unique_ptr<Player> player_;
  std::function<void(const CardEvent&)> on_event_;
  std::optional<protocol::iso7816::Atr> atr_;  ///< of the card that is in
  bool in_a_hurry_ = false;                    ///< a command has come, which waits for nothing
  async::Event changed_;
};

}  // namespace vscard::cards::replay
