#pragma once

#include "protocol/errc.hpp"
#include "protocol/time.hpp"
#include "protocol/vsc/message.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace vscard::protocol::vsc {

/// How long a conversation outlives its connection, unless the user says otherwise.
inline constexpr std::chrono::seconds kGrace{10};

/// Lets a conversation outlive its connections (docs/vsc-extension.md §8): it stands between a
/// VscClient or VscHost and the streams that come one after the other. No socket, no clock, no
/// randomness. Each message is counted and kept until the other end has it, so that after a break
/// both go on where they were: a command is neither lost nor given to the card twice.
///
///     resumption.connected(random, now);         a stream is there
///     resumption.send(message);                  whatever the machine sends, at any time
///     resumption.receive(message, now);          each message of the stream
///     resumption.expire(now);                    when deadline() has come
///     goes_on = resumption.disconnected(now);    the stream has ended
///
/// Without a conversation that waits, and with a peer that does not resume, all passes through. It
/// stands in the way of each message, so that it calls what is to be done instead of returning it:
/// that costs no list and no copy.
class Resumption {
 public:
  enum class Side { Client, Host };
  /// The stream and the machine: what is to be done, in order. The machine may send() in return.
  class Ends {
   public:
    Ends() = default;
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    virtual ~Ends() = default;

    /// For the stream: whole messages, valid during the call.
    virtual void write(Bytes messages) = 0;
    /// For the machine.
    virtual void deliver(Message message) = 0;
    /// The peer is at the start: tell the machine that the connection was lost, and start it anew.
    /// What it says then, and was said, is not sent twice.
    virtual void restart() = 0;
    /// The conversation goes on. The machine was silent for a while, and so was its peer.
    virtual void resumed() = 0;
    /// The peer breaks the rules, or keeps too much waiting: close the stream, if there is one.
    virtual void ended(Errc error) = 0;
  };
  /// Random, other ones for each connection.
  struct Random {
    ResumeSecret secret{};
    SessionName session{};
  };

  /// `ends` outlives it. `grace`: how long a conversation waits for its next connection; zero: not
  /// at all.
  Resumption(Side side, Ends& ends, Duration grace = kGrace)
      : side_(side), ends_(ends), grace_(grace) {}

  void connected(const Random& random, Time now);
  void send(Message message);
  void receive(Message message, Time now);
  /// This end does not want the conversation to go on.
  void say_bye();
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
  void expire(Time now);

 private:
  enum class State {
    Passing,    ///< all passes through; left when both have said that they resume
    Running,    ///< left by disconnected()
    Suspended,  ///< left by connected() or forget()
    Asking,     ///< for the peer: does it know the conversation? Left by its answer
    Proving,    ///< … it does, says a client: left by its proof
  };

  void say(const Message& message);
  void keep(const Message& message);
  void agree();
  void count(Message&& message, Time now);
  void receive_running(Message&& message, Time now);
  void receive_passing(Message&& message);
  void receive_asking(const Message& message);
  void ask(const Init& init);
  void hear_hello(const ExtHello& hello);
  void answer(const ExtHello& hello);
  void prove(const Resume& resume);
  void go_on(std::uint32_t received);
  void restart();
  bool much_untold(std::uint32_t times) const;
  Received told();
  bool drop_received(std::uint32_t count);
  Message hello(std::optional<ResumePoint> earlier) const;
  Resume proof() const { return {ResumeProof{.secret = mine_.secret, .received = received_}}; }

  Side side_;
  Ends& ends_;
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
  std::uint32_t told_ = 0;        ///< … as the peer knows
  std::size_t untold_bytes_ = 0;  ///< … and of what it does not know
  /// When it is told. It stays where it is once that is, so that a busy conversation sets no timer
  /// for each message.
  std::optional<Time> tell_by_;
  std::uint32_t promised_ = 0;  ///< Proving: what the client says that it has received
};

}  // namespace vscard::protocol::vsc
