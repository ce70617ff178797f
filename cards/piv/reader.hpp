#pragma once

#include "async/ordered_worker.hpp"
#include "cards/piv/card.hpp"
#include "cards/reader.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vscard::cards::piv {

/// What the card becomes when the user puts it back in; nothing: it stays as it is. May block.
using Renewal = std::move_only_function<std::optional<State>(const State& now)>;

/// A PIV card that is always in. What takes its time, as a PIN and a new key, is done on a thread
/// of its own.
class Reader final : public cards::Reader {
 public:
  Reader(asio::any_io_executor executor, Card card, std::string name, Renewal renewal = nullptr);

  ReaderInfo info() const override { return {.name = name_}; }
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  /// A command is work of this process: a long RSA key takes seconds, and then it is there.
  bool alive() const override { return true; }
  Awaitable<void> renew() override;
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

 private:
  asio::any_io_executor executor_;
  Card card_;  ///< used in the jobs
  std::string name_;
  Renewal renewal_;              ///< likewise
  async::OrderedWorker worker_;  ///< last: its jobs use the others
};

}  // namespace vscard::cards::piv
