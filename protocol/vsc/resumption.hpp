#pragma once

#include "protocol/errc.hpp"
#include "protocol/time.hpp"
#include "protocol/vsc/message.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace vscard::protocol::vsc {

/// How long a conversation outlives its connection, unless the user says otherwise.
inline constexpr std::chrono::seconds kGrace{10};

/// Lets a conversation outlive its connections (docs/vsc-extension.md §8): it stands between a
/// VscClient or VscHost and the streams that come one after the other. No socket, no clock, no
/// randomness. Each message is counted and kept until the other end has it, so that after a break
/// both go on where they were: a command is neither lost nor given to the card twice.
///
///     actions = resumption.connected(random, now);    a stream is there
///     actions = resumption.send(message);             whatever the machine sends, at any time
///     actions = resumption.receive(message, now);     each message of the stream
///     actions = resumption.expire(now);               when deadline() has come
///     goes_on = resumption.disconnected(now);         the stream has ended
///
/// Without a conversation that waits, and with a peer that does not resume, all passes through.
class Resumption {
 public:
  enum class Side { Client, Host };
  /// For the stream: whole messages.
  struct Write {
    SecretBytes bytes;
  };
  /// For the machine.
  struct Deliver {
    Message message;
  };
  /// The peer is at the start: tell the machine that the connection was lost, and start it anew.
  /// What it says then, and was said, is not sent twice.
  struct Restart {};
  /// The conversation goes on. The machine was silent for a while, and so was its peer.
  struct Resumed {};
  /// The peer breaks the rules: close the stream.
  struct Ended {
    Errc error{};
  };
  using Action = std::variant<Write, Deliver, Restart, Resumed, Ended>;
  using Actions = std::vector<Action>;
  /// Random, other ones for each connection.
  struct Random {
    ResumeSecret secret{};
    SessionName session{};
  };

  /// `grace`: how long a conversation waits for its next connection; zero: not at all.
  explicit Resumption(Side side, Duration grace = kGrace) : side_(side), grace_(grace) {}

  Actions connected(const Random& random, Time now);
  Actions send(Message message);
  Actions receive(Message message, Time now);
  /// This end does not want the conversation to go on.
  Actions say_bye();
  /// Does the conversation go on? Otherwise it is over: the machine has lost its connection.
  bool disconnected(Time now);
  /// It does not, any more.
  void forget();

  /// Does a conversation wait for a connection, or for the peer of this one to show that it is its?
  bool suspended() const { return state_ == State::Suspended || asking(); }
  /// … for the latter.
  bool asking() const { return state_ == State::Asking || state_ == State::Proving; }
  /// When expire() is to be called; while no stream is there, when forget() is.
  std::optional<Time> deadline() const;
  Actions expire(Time now);

 private:
  enum class State {
    Passing,    ///< all passes through; left when both have said that they resume
    Running,    ///< left by disconnected()
    Suspended,  ///< left by connected() or forget()
    Asking,     ///< for the peer: does it know the conversation? Left by its answer
    Proving,    ///< … it does, says a client: left by its proof
  };

  void say(Message message, Actions& out);
  void keep(const Message& message, Actions& out);
  void agree();
  void count(Message message, Actions& out, Time now);
  void receive_running(Message message, Actions& out, Time now);
  void receive_passing(Message message, Actions& out);
  void receive_asking(Message message, Actions& out);
  void ask(const Init& init, Actions& out);
  void hear_hello(const ExtHello& hello, Actions& out);
  void answer(const ExtHello& hello, Actions& out);
  void prove(const Resume& resume, Actions& out);
  void go_on(std::uint32_t received, Actions& out);
  void restart(Actions& out);
  bool drop_received(std::uint32_t count);
  Message hello(std::optional<ResumePoint> earlier) const;
  Resume proof() const { return {ResumeProof{.secret = mine_.secret, .received = received_}}; }

  Side side_;
  Duration grace_;
  State state_ = State::Passing;
  Time deadline_{};   ///< of Suspended, Asking and Proving
  Time answer_by_{};  ///< of Asking and Proving, as long as this stream lasts
  bool bye_ = false;  ///< was said by one of both

  // This connection.
  Random random_;
  bool said_init_ = false;
  bool said_hello_ = false;
  ExtHello my_hello_;               ///< as the machine says it
  std::optional<Init> their_init_;  ///< for a Restart
  std::optional<ExtHello> theirs_;  ///< likewise, and for agree()

  // The conversation.
  Random mine_;
  ResumeSecret their_secret_{};
  std::optional<SessionName> session_;  ///< its name
  std::deque<SecretBytes> kept_;        ///< sent, and perhaps not received
  std::size_t kept_bytes_ = 0;
  std::uint32_t dropped_ = 0;  ///< … and received
  std::uint32_t received_ = 0;
  std::uint32_t told_ = 0;  ///< … as the peer knows
  /// If it does not know all by then. It stays where it is once that is told, so that a busy
  /// conversation sets no timer for each message.
  std::optional<Time> tell_by_;
  std::uint32_t promised_ = 0;  ///< Proving: what the client says that it has received
};

}  // namespace vscard::protocol::vsc
