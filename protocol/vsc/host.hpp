#pragma once

#include "protocol/errc.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/vsc/answers_ahead.hpp"
#include "protocol/vsc/keepalive.hpp"
#include "protocol/vsc/message.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vscard::protocol::vsc {

/// The host's side of a VSC conversation, for one connection: no socket, no clock.
///
/// It answers the client's requests, tells which readers and cards there are, and matches each
/// command with its answer. VSC has no numbers for that: answers come in the order of the commands.
/// So after an abort or a timeout the next command is held back until the late answer, or a message
/// after which none can come, has arrived. A client that carries out Cancel answers what was
/// aborted at once, so that the next command need not wait: the late answers are counted. A client
/// that keeps to the extension may have several readers, each with a card and commands of its own.
/// Every method returns what is to be done, in order:
///
///     host.start(now);
///     actions = host.receive(message, now);       for each message
///     actions = host.transmit(reader, apdu, now);    then one Response or NoAnswer comes
///     actions = host.expire(now);                 when deadline() has come
///     actions = host.lost();                      when the stream has ended
class VscHost {
 public:
  struct Send {
    Message message;
    bool operator==(const Send&) const = default;
  };
  struct ReaderAdded {
    ReaderId reader{};
    std::string name;  ///< the client's bytes: sanitize before showing
    bool operator==(const ReaderAdded&) const = default;
  };
  /// Comes after CardRemoved if there was a card.
  struct ReaderRemoved {
    ReaderId reader{};
    bool operator==(const ReaderRemoved&) const = default;
  };
  /// A card is in; again for a card that is in already: it was reset.
  struct CardInserted {
    ReaderId reader{};
    iso7816::Atr atr;
    bool operator==(const CardInserted&) const = default;
  };
  struct CardRemoved {
    ReaderId reader{};
    bool operator==(const CardRemoved&) const = default;
  };
  /// The pending command's answer: at least the status word.
  struct Response {
    ReaderId reader{};
    SecretBytes bytes;
    bool operator==(const Response&) const = default;
  };
  /// A command has none. The pending one: CardFailed, NoAnswer (too late), NoCard, LinkLost. One
  /// that came while another was pending, which goes on: TooManyCommands.
  struct NoAnswer {
    ReaderId reader{};
    Errc reason{};
    bool operator==(const NoAnswer&) const = default;
  };
  /// Nothing has come from the client for too long. Close the stream: its line is dead, and the
  /// conversation may go on over another.
  struct Silent {
    bool operator==(const Silent&) const = default;
  };
  /// The conversation is over: close the stream.
  struct Ended {
    Errc error{};
    bool operator==(const Ended&) const = default;
  };
  using Action = std::variant<Send, ReaderAdded, ReaderRemoved, CardInserted, CardRemoved, Response,
                              NoAnswer, Silent, Ended>;
  using Actions = std::vector<Action>;

  /// `silence`: see Keepalive. `max_readers`: so many of a client's at a time, at least 1; they
  /// have the numbers below that, each the lowest that is free.
  explicit VscHost(PeerLimits client = {}, Duration apdu_timeout = kApduTimeout,
                   Duration silence = kSilence, std::uint32_t max_readers = 1);

  /// The client speaks first: this only sets its time limit.
  void start(Time now);
  Actions receive(Message message, Time now);
  Actions lost();
  /// It goes on over another stream, after a break in which nothing was lost.
  void resumed(Time now) { keepalive_.reconnected(now); }

  /// What the client can take. What it says itself is known before its first reader comes.
  const PeerLimits& client() const { return client_; }
  /// To the client and back, if it answers Ping.
  std::optional<Duration> round_trip() const { return keepalive_.round_trip(); }

  /// Is a command of this reader waiting for its answer?
  bool pending(ReaderId reader) const;
  /// Sends a command. One that is longer than the client can take is answered 6700 (wrong length)
  /// here; so is one whose answer the client has sent ahead.
  Actions transmit(ReaderId reader, SecretBytes command, Time now);
  /// The card is powered down or reset, before the next command, if the client can do that and the
  /// card has had a command since it was last.
  Actions power(ReaderId reader, PowerAction action);
  /// The pending command's answer is not wanted any more; none will come.
  Actions abort(ReaderId reader, Time now);
  /// Nobody can use the reader, for this reason, until offer(): its card forgets what it can be
  /// made to forget, and the client is told, if it takes that. The card is reported as ever.
  Actions withdraw(ReaderId reader, Use why, Time now);
  /// It can be used again: a card that is in is reported once more.
  Actions offer(ReaderId reader);

  /// When expire() is to be called.
  std::optional<Time> deadline() const;
  Actions expire(Time now);

 private:
  enum class State {
    Idle,         ///< before start()
    Greeting,     ///< left by the client's Init
    Introducing,  ///< … which knows the extension; left by its ExtHello
    Talking,      ///< left by an error or lost()
    Ended,
  };
  struct Reader {
    std::optional<iso7816::Atr> atr;  ///< the card that is in
    bool busy = false;                ///< a command is at the client, and somebody waits for it
    std::size_t late = 0;             ///< … for so many nobody does: their answers come first
    Time deadline;                    ///< of both
    std::optional<SecretBytes> held;  ///< pending, while too many are late
    AnswersAhead ahead;               ///< what the client knows of its card's next answers
    bool used = false;                ///< the card had a command since it was last powered
    Use use = Use::Ready;             ///< … of the reader, as the client knows it
    bool mute = false;  ///< it took too long: shown as removed while an answer is late

    bool at_client() const { return busy || late > 0; }
  };

  bool greeting() const { return state_ == State::Greeting || state_ == State::Introducing; }
  void receive_greeting(const Message& message, Actions& out);
  void receive_hello(const Message& message, Actions& out, Time now);
  void receive_talk(Message message, Actions& out, Time now);
  void receive_extension(ReaderId id, Body& body, Actions& out, Time now);
  void receive_reader_add(const std::string& name, Actions& out);
  void add_reader(ReaderId id, const std::string& name, Actions& out);
  void insert_card(ReaderId id, Bytes atr, Actions& out);
  void set_use(ReaderId id, Reader& reader, Use use, Actions& out) const;
  void remove_card(ReaderId id, Actions& out);
  void remove_reader(ReaderId id, Actions& out);
  void finish_exchange(ReaderId id, std::optional<SecretBytes> response, Actions& out, Time now);
  static void send_command(ReaderId id, Reader& reader, SecretBytes command, Actions& out);
  void finish_late(ReaderId id, Reader& reader, Actions& out, Time now);
  static void drop_exchange(ReaderId id, Reader& reader, Errc reason, Actions& out);
  void drop_all(Errc reason, Actions& out);
  void end(Errc error, Actions& out);
  ReaderId located(ReaderId id) const;

  PeerLimits client_;
  Duration apdu_timeout_;
  std::uint32_t max_readers_;
  State state_ = State::Idle;
  Time greeting_deadline_;    ///< of Introducing too
  bool extended_ = false;     ///< the client keeps to the extension
  bool has_power_ = false;    ///< … and carries out Power
  bool cancels_ = false;      ///< … and Cancel
  bool takes_use_ = false;    ///< … and takes ReaderUse
  std::size_t max_late_ = 1;  ///< a reader that has so many late answers gets no command
  Keepalive keepalive_;
  std::map<ReaderId, Reader> readers_;
};

}  // namespace vscard::protocol::vsc
