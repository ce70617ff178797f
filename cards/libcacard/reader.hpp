#pragma once

#include "async/ordered_worker.hpp"
#include "cards/libcacard/identity.hpp"
#include "cards/libcacard/library.hpp"
#include "cards/libcacard/token.hpp"
#include "cards/reader.hpp"

#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>

namespace vscard::cards::libcacard {

/// A card's reader before it is at work.
struct NamedReader {
  VirtualReader reader;
  Token token;  ///< that the card is made of
  std::string name;
};

/// One of libcacard's readers. What uses a key or a PIN, or powers the card, is done on its worker:
/// NSS takes its time, and a token behind it any time. Its responses are
/// libcacard's, but for that to a wrong PIN and for the card's serial.
class Reader final : public cards::Reader {
 public:
  /// Nothing of libcacard is used without `in_use`, shared, which outlives this. `renew` is called
  /// when the user puts the card back in, and may block. True: the card is another one.
  Reader(asio::any_io_executor executor, NamedReader made, std::shared_mutex& in_use,
         std::function<bool()> renew);

  ReaderInfo info() const override { return {.name = name_}; }
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  Awaitable<void> renew() override;
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

  bool is_of(const Event& event) const { return made_ && event.is_of(made_->reader); }
  void card_inserted();
  void card_removed();

  /// Nothing: until it is made again, there is no card. While nobody uses libcacard.
  void replace(std::optional<NamedReader> made);

 private:
  Awaitable<void> announce();
  std::expected<protocol::iso7816::Atr, CardError> power_on_new_card();
  std::expected<protocol::iso7816::Atr, CardError> power_again();
  std::expected<protocol::SecretBytes, CardError> answer(protocol::SecretBytes command);

  asio::any_io_executor executor_;
  std::string name_;
  std::shared_mutex& in_use_;
  std::optional<NamedReader> made_;
  std::optional<Identity> identity_;  ///< of the card that is in; used in the jobs
  std::function<bool()> renew_;       ///< used in the jobs
  std::function<void(const CardEvent&)> on_event_;
  async::OrderedWorker worker_;  ///< last: its jobs use the others
};

}  // namespace vscard::cards::libcacard
