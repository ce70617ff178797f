#pragma once

#include "async/event.hpp"
#include "async/worker.hpp"
#include "cards/pcsc/card_access.hpp"
#include "cards/pcsc/options.hpp"
#include "cards/reader.hpp"

#include <optional>
#include <string>

namespace vscard::cards::pcsc {

/// A PC/SC reader. Readers chooses which one it is, and reports its card.
class Reader final : public cards::Reader {
 public:
  /// `warn` gets lines for the user. `hears`: does pcscd answer?
  Reader(asio::any_io_executor executor, Options options,
         std::function<void(const std::string&)> warn, std::function<bool()> hears);

  /// Once, before the first update().
  void bind(const std::string& reader);
  /// What PC/SC says of the reader; null: it is not there.
  void update(const ReaderState* state);

  ReaderInfo info() const override;
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  /// What still waits for another program ends. PC/SC cannot stop what the card works on.
  void stop_command() override;
  /// A driver ends the command of a card that does not answer: so the card is alive as long as
  /// pcscd is.
  bool alive() const override { return seen_ && hears_(); }
  /// A card to which nothing was sent is left alone.
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

 private:
  using Outcome = CardAccess::Outcome;
  Awaitable<Outcome> exchange(protocol::SecretBytes command);
  void show(const CardEvent& event);
  void note(const Outcome& outcome);
  void end_silence();
  Awaitable<void> let_go_after(std::uint64_t silence);
  CardError fail(const Error& error);
  void complain(const std::string& text);

  asio::any_io_executor executor_;
  Options options_;
  std::function<void(const std::string&)> warn_;
  std::function<bool()> hears_;
  std::string name_;                 ///< empty: not bound
  std::optional<ReaderState> seen_;  ///< while a card is in: with its ATR
  std::function<void(const CardEvent&)> on_event_;
  std::uint64_t epoch_ = 0;  ///< counts what makes the commands before it pointless
  std::uint64_t stops_ = 0;  ///< likewise, for the command that is under way
  async::Event retry_;
  std::uint64_t silences_ = 0;  ///< that have ended
  async::Event silence_ended_;
  std::string complaint_;             ///< the last one, while it holds
  std::optional<CardAccess> access_;  ///< the worker's, once bound
  async::Worker worker_;              ///< last: its jobs use the others
};

}  // namespace vscard::cards::pcsc
