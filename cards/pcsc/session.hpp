#pragma once

#include "cards/pcsc/pcsc.hpp"

#include <optional>
#include <string>

namespace vscard::cards::pcsc {

/// What a reader's worker does with its card: connected from the first command to the reset after
/// the last, so that a card that nobody uses is free for every other program. All calls block.
class PcscSession {
 public:
  /// What becomes of a transaction after its command.
  enum class Hold { No, UntilLetGo };
  PcscSession(std::string reader, pcsc::Share share, Hold hold);

  struct Outcome {
    pcsc::Result<protocol::SecretBytes> response;
    std::optional<protocol::iso7816::Atr> atr;  ///< of Cause::CardReset, if it is known
  };
  /// A transaction around the command. It was not sent when the cause is InUse: it may be tried
  /// again; or CardReset: what it was meant for, a selected file or a verified PIN, is gone.
  Outcome exchange(protocol::Bytes command);
  /// Ends the transaction that is held.
  void let_go();
  /// The card's new ATR, if it is known. A card to which no command was sent since the last reset
  /// is left alone, because another program may be at work with it.
  pcsc::Result<std::optional<protocol::iso7816::Atr>> reset();
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

}  // namespace vscard::cards::pcsc
