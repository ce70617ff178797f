#pragma once

#include "vscclient/cards/pcsc.hpp"

#include <optional>
#include <string>

namespace vscard::cards {

/// What a reader's worker does with its card: connected from the first command to the reset after
/// the last, so that a card that nobody uses is free for every other program. All calls block.
class PcscSession {
 public:
  /// What becomes of a transaction after its command.
  enum class Hold { No, UntilLetGo };
  PcscSession(std::string reader, pcsc::Share share, Hold hold);

  struct Outcome {
    pcsc::Result<protocol::SecretBytes> response;
    /// Another program has reset the card, which gave this ATR; the command was not sent to it.
    std::optional<protocol::Atr> reset;
  };
  /// A transaction around the command. Cause::InUse: it was not sent, and may be tried again.
  Outcome exchange(protocol::Bytes command);
  /// Ends the transaction that is held.
  void let_go();
  /// Nothing when no command was sent since the last reset: such a card is left alone, because
  /// another program may be at work with it.
  pcsc::Result<std::optional<protocol::Atr>> reset();
  /// The card is gone.
  void forget();

 private:
  pcsc::Result<void> connect();
  Outcome renew();
  void disconnect(const pcsc::Error& error);

  std::string reader_;
  pcsc::Share share_;
  Hold hold_;
  std::optional<pcsc::Context> context_;
  std::optional<pcsc::Connection> connection_;  ///< after context_, which it uses
  bool in_transaction_ = false;
  bool used_ = false;  ///< a command was sent since the last reset
};

}  // namespace vscard::cards
