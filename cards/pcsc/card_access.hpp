#pragma once

#include "cards/pcsc/library.hpp"
#include "cards/reader.hpp"

#include <optional>
#include <string>

namespace vscard::cards::pcsc {

/// What a reader's worker does with its card: connected from the first command to the reset after
/// the last, so that a card that nobody uses is free for every other program. All calls block.
class CardAccess {
 public:
  /// What becomes of a transaction after its command.
  enum class Hold { No, UntilLetGo };
  CardAccess(std::string reader, Share share, Hold hold);

  struct Outcome {
    Answer<protocol::SecretBytes> response;
    std::optional<protocol::iso7816::Atr> atr;  ///< of Cause::CardReset, if it is known
  };
  /// A transaction around the command. It was not sent when the cause is InUse: it may be tried
  /// again; or CardReset: what it was meant for, a selected file or a verified PIN, is gone.
  Outcome exchange(protocol::Bytes command);
  /// Ends the transaction that is held.
  void let_go();
  /// A warm reset, or else the power goes and comes: pcscd takes it away itself from a card that no
  /// program is connected to. The card's new ATR, if it is known. A card to which no command was
  /// sent since the last reset is left alone, because another program may be at work with it.
  Answer<std::optional<protocol::iso7816::Atr>> reset(PowerAction action);
  /// The card is gone.
  void forget();

 private:
  Answer<void> connect();
  Outcome renew();
  void disconnect(const Error& error);

  std::string reader_;
  Share share_;
  Hold hold_;
  std::optional<Context> context_;
  std::optional<Connection> connection_;  ///< after context_, which it uses
  ResponseBuffer response_;
  bool in_transaction_ = false;
  bool used_ = false;  ///< a command was sent since the last reset
};

}  // namespace vscard::cards::pcsc
