#pragma once

#include "async/ordered_worker.hpp"
#include "cards/libcacard/identity.hpp"
#include "cards/libcacard/library.hpp"
#include "cards/libcacard/token.hpp"
#include "cards/reader.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vscard::cards::libcacard {

/// One of libcacard's readers. What uses a key or a PIN, or powers the card, is done on its worker:
/// NSS takes its time, and a token behind it any time. Its responses are
/// libcacard's, but for that to a wrong PIN and for the card's serial.
class Reader final : public cards::Reader {
 public:
  /// `put_back` is called when the user puts the card back in, and may block.
  Reader(asio::any_io_executor executor, VirtualReader reader, Token token, std::string name,
         std::function<void()> put_back);

  ReaderInfo info() const override { return {.name = name_}; }
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  Awaitable<void> renew() override;
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

  const VirtualReader& virtual_reader() const { return reader_; }
  void card_inserted();
  void card_removed();

 private:
  Awaitable<void> announce();
  std::expected<protocol::iso7816::Atr, CardError> power_on_new_card();
  std::expected<protocol::SecretBytes, CardError> answer(protocol::SecretBytes command);

  asio::any_io_executor executor_;
  VirtualReader reader_;
  Token token_;  ///< that the card is made of
  std::string name_;
  std::function<void()> put_back_;    ///< used in the jobs
  std::optional<Identity> identity_;  ///< of the card that is in; used in the jobs
  std::function<void(const CardEvent&)> on_event_;
  async::OrderedWorker worker_;  ///< last: its jobs use the others
};

}  // namespace vscard::cards::libcacard
