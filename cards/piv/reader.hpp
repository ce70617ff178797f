#pragma once

#include "async/ordered_worker.hpp"
#include "cards/piv/card.hpp"
#include "cards/reader.hpp"

#include <functional>
#include <string>

namespace vscard::cards::piv {

/// A PIV card that is always in. What takes its time, as a PIN and a new key, is done on a thread
/// of its own.
class Reader final : public cards::Reader {
 public:
  Reader(asio::any_io_executor executor, Card card, std::string name);

  ReaderInfo info() const override { return {.name = name_}; }
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  /// A command is work of this process: a long RSA key takes seconds, and then it is there.
  bool alive() const override { return true; }
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset() override;

 private:
  asio::any_io_executor executor_;
  Card card_;  ///< used in the jobs
  std::string name_;
  async::OrderedWorker worker_;  ///< last: its jobs use the others
};

}  // namespace vscard::cards::piv
