#pragma once

#include "protocol/errc.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/time.hpp"
#include "protocol/vpcd/message.hpp"
#include "protocol/vsc/message.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace vscard::protocol::vpcd {

/// The card's side of a connection with a vpcd: no socket, no clock. A vpcd takes a connection for
/// a card, so there is one only while the card is in. It asks for the ATR for ever, to see whether
/// the card is there, and switches the card off and on without a reset. Every method returns what
/// is to be done, in order:
///
///     actions = machine.start(atr, now);          the reader has connected, and the card is in
///     actions = machine.receive(message, now);    for each message of the reader
///     actions = machine.respond(response, now);   to a Transmit, or no_answer(); once
///     actions = machine.expire(now);              when deadline() has come
///     machine.lost();                             the connection has ended; start() may follow
class VpcdCard {
 public:
  struct Send {
    SecretBytes bytes;
    bool operator==(const Send&) const = default;
  };
  /// The reader has asked for the ATR, or sent a command, for the first time: it sees the card.
  struct Seen {
    bool operator==(const Seen&) const = default;
  };
  /// Give the command to the card, then call respond() or no_answer().
  struct Transmit {
    SecretBytes command;
    bool operator==(const Transmit&) const = default;
  };
  /// Before any later Transmit, which powers a card up that is down.
  struct Reset {
    vsc::PowerAction power{};
    bool operator==(const Reset&) const = default;
  };
  /// Close the connection, which is how a vpcd learns that the card has no answer (CardFailed), or
  /// not in time (NoAnswer). UnexpectedMessage, BadLength: the reader breaks the protocol.
  struct Ended {
    Errc error{};
    bool operator==(const Ended&) const = default;
  };
  using Action = std::variant<Send, Seen, Transmit, Reset, Ended>;
  using Actions = std::vector<Action>;

  explicit VpcdCard(Duration apdu_timeout = vsc::kApduTimeout) : apdu_timeout_(apdu_timeout) {}

  void start(const iso7816::Atr& atr);
  Actions receive(SecretBytes message, Time now);
  /// Without a Transmit that waits for it, an answer is ignored.
  Actions respond(const SecretBytes& response);
  Actions no_answer();
  Actions expire(Time now);
  void lost() { state_ = State::NoReader; }

  /// Does the reader see the card?
  bool seen() const { return state_ == State::Idle || state_ == State::AtWork; }
  /// There is none while the card is not at work: a vpcd may stay silent.
  std::optional<Time> deadline() const;

 private:
  enum class State {
    NoReader,  ///< nothing is connected, or it has ended; left by start()
    Unseen,    ///< the reader has asked for nothing; left by that
    Idle,      ///< left by a command
    AtWork,    ///< the reader waits for a response; left by that
  };

  Actions receive_control(Control control);
  Actions end(Errc error);

  Duration apdu_timeout_;
  State state_ = State::NoReader;
  std::optional<iso7816::Atr> atr_;
  Time deadline_;  ///< of the response that is owed
};

}  // namespace vscard::protocol::vpcd
