#pragma once

#include "async/worker.hpp"
#include "cards/card_spec.hpp"
#include "cards/pcsc/session.hpp"
#include "cards/reader.hpp"

#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>

namespace vscard::cards::pcsc {

/// A reader of PC/SC's, as soon as it is known which: PcscReaders chooses it and tells what is in.
class PcscReader final : public Reader {
 public:
  /// `warn` gets lines for the user.
  PcscReader(asio::any_io_executor executor, PcscCard card,
             std::function<void(const std::string&)> warn);

  /// Once, before the first update().
  void bind(const std::string& reader);
  /// What PC/SC says of the reader; null: it is not there.
  void update(const pcsc::ReaderState* state);

  ReaderInfo info() const override;
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  /// A card to which nothing was sent is left alone.
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset() override;

 private:
  using Outcome = PcscSession::Outcome;
  Awaitable<Outcome> exchange(protocol::SecretBytes command);
  void show(const CardEvent& event);
  void note(const Outcome& outcome);
  void let_go_after_silence();
  CardError fail(const pcsc::Error& error);
  void complain(const std::string& text);

  asio::any_io_executor executor_;
  PcscCard card_;
  std::function<void(const std::string&)> warn_;
  std::string name_;                       ///< empty: not bound
  std::optional<pcsc::ReaderState> seen_;  ///< while a card is in: with its ATR
  std::function<void(const CardEvent&)> on_event_;
  std::uint64_t epoch_ = 0;  ///< counts what makes the commands before it pointless
  asio::steady_timer retry_;
  asio::steady_timer silence_;
  std::string complaint_;               ///< the last one, while it holds
  std::optional<PcscSession> session_;  ///< the worker's, once bound
  async::Worker worker_;                ///< last: its jobs use the others
};

}  // namespace vscard::cards::pcsc
