#pragma once

#include "async/event.hpp"
#include "async/worker.hpp"
#include "cards/piv/card.hpp"
#include "cards/pkcs11/renewal.hpp"
#include "cards/pkcs11/token_keys.hpp"
#include "cards/reader.hpp"

#include <functional>
#include <memory>
#include <string>

namespace vscard::cards::pkcs11 {

/// A PIV card whose keys a token has. It is in as long as the token is, which is looked for once a
/// second, and shows the token's certificates of when the user or the token put it in. Tokens take
/// their time, so they are used on a thread of their own.
class Reader final : public cards::Reader {
 public:
  /// `changed` is told "was removed" and "is back".
  Reader(asio::any_io_executor executor, piv::State state, std::unique_ptr<TokenKeys> keys,
         std::string name, std::function<void(const std::string&)> changed, Renewal renewal);

  /// Is the module asked something? It may not answer.
  bool looking() const { return looking_; }

  ReaderInfo info() const override { return {.name = name_}; }
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<SecretBytes, CardError>> transmit(SecretBytes command) override;
  Awaitable<void> renew() override;
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

 private:
  Awaitable<void> follow();
  bool look(bool was_present);
  void read_again();
  void note(bool present);

  asio::any_io_executor executor_;
  TokenKeys& keys_;  ///< the card's
  piv::Card card_;   ///< used on the worker's thread
  Renewal renewal_;  ///< likewise
  std::string name_;
  std::function<void(const std::string&)> changed_;
  std::function<void(const CardEvent&)> on_event_;
  bool present_ = true;
  bool looking_ = false;
  async::Event look_;
  async::Worker worker_;  ///< last: its jobs use the others
};

}  // namespace vscard::cards::pkcs11
