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

/// The reader's side of a connection with a virtual card: no socket, no clock. Every method returns
/// what is to be done, in order:
///
///     actions = machine.start(now);              a card has connected
///     actions = machine.transmit(command, now);  while it is idle()
///     actions = machine.reset(how, now);         while it is idle()
///     actions = machine.receive(message, now);   for each message of the card
///     actions = machine.expire(now);             when deadline() has come
///     machine.lost();                            the connection has ended; start() may follow
class VpcdReader {
 public:
  struct Send {
    SecretBytes bytes;
    bool operator==(const Send&) const = default;
  };
  /// The card has been powered, by start() or reset().
  struct Powered {
    iso7816::Atr atr;
    bool operator==(const Powered&) const = default;
  };
  /// Of the command: at least a status word.
  struct Response {
    SecretBytes bytes;
    bool operator==(const Response&) const = default;
  };
  /// Close the connection: BadAtr, BadLength (an answer of less than two bytes: the card is dead),
  /// UnexpectedMessage (an answer that nobody waits for), NoAnswer.
  struct Ended {
    Errc error{};
    bool operator==(const Ended&) const = default;
  };
  using Action = std::variant<Send, Powered, Response, Ended>;
  using Actions = std::vector<Action>;

  explicit VpcdReader(Duration apdu_timeout = vsc::kApduTimeout) : apdu_timeout_(apdu_timeout) {}

  Actions start(Time now);
  /// Precondition: idle(), and a command of kMinCommand to kMaxMessage bytes.
  Actions transmit(const SecretBytes& command, Time now);
  /// A card that is down has no answer to that, and comes up with the next command or reset.
  /// Precondition: idle().
  Actions reset(vsc::PowerAction action, Time now);
  Actions receive(SecretBytes message, Time now);
  Actions expire(Time now);
  void lost() { state_ = State::NoCard; }

  bool idle() const { return state_ == State::Idle || state_ == State::Down; }
  /// There is none while the card has nothing to answer.
  std::optional<Time> deadline() const;

 private:
  enum class State {
    NoCard,    ///< nothing is connected, or it has ended; left by start()
    Powering,  ///< the card owes its ATR; left by that
    Idle,      ///< left by transmit() and reset()
    Down,      ///< likewise
    AtWork,    ///< the card owes a response; left by that
  };

  Actions end(Errc error);

  Duration apdu_timeout_;
  State state_ = State::NoCard;
  Time deadline_;  ///< of the answer that is owed
};

}  // namespace vscard::protocol::vpcd
