#pragma once

#include "protocol/errc.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/vsc/keepalive.hpp"
#include "protocol/vsc/message.hpp"
#include "protocol/vsc/peer_limits.hpp"
#include "protocol/vsc/read_ahead.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vscard::protocol::vsc {

/// The client's side of a VSC conversation, for one connection: no socket, no clock.
///
/// The caller reports its readers and cards; the machine brings the host to the same view,
/// one request at a time (a stock host answers them in order, a SPICE server wants no second one
/// before the answer), whatever changed meanwhile. A card that was swapped is always shown as
/// removed first. Every method returns what is to be done, in order:
///
///     actions = client.start(now);               a connection is there; then, until an Ended:
///     actions = client.receive(message, now);    for each message
///     actions = client.insert_card(…, now); …    for each change on the client's side, at any time
///     actions = client.expire(now);              when deadline() has come
///     client.lost();                             the connection has ended; start() may follow
class VscClient {
 public:
  struct Send {
    Message message;
    bool operator==(const Send&) const = default;
  };
  /// Give the command to the card, then call respond() or no_answer(), once.
  struct Transmit {
    ReaderId reader{};
    SecretBytes command;
    bool operator==(const Transmit&) const = default;
  };
  /// After the command that the card works on and before any later Transmit, which powers a card up
  /// that is down.
  struct Reset {
    ReaderId reader{};
    PowerAction power{};
    bool operator==(const Reset&) const = default;
  };
  /// Nobody waits for the command that the card works on: it may end early. respond() or
  /// no_answer() comes all the same.
  struct StopCommand {
    ReaderId reader{};
    bool operator==(const StopCommand&) const = default;
  };
  /// The card has worked for a while. If it is known to be alive, call works().
  struct LookAtCard {
    ReaderId reader{};
    bool operator==(const LookAtCard&) const = default;
  };
  /// The host has the reader now, and will use its card.
  struct ReaderAccepted {
    ReaderId reader{};
    bool operator==(const ReaderAccepted&) const = default;
  };
  /// The host does not take the reader: it has room for so many on one connection. The others are
  /// served.
  struct ReaderRefused {
    ReaderId reader{};
    std::uint32_t room = 0;
    bool operator==(const ReaderRefused&) const = default;
  };
  /// Nobody can use the reader there any more, until another ReaderAccepted.
  struct ReaderWithdrawn {
    ReaderId reader{};
    Use why{};
    bool operator==(const ReaderWithdrawn&) const = default;
  };
  /// The host does not take the card's ATR; nothing is retried.
  struct CardRefused {
    ReaderId reader{};
    bool operator==(const CardRefused&) const = default;
  };
  /// A response was longer than the host can take and went as "no answer".
  struct ResponseTooLong {
    ReaderId reader{};
    std::size_t size = 0;
    std::size_t limit = 0;  ///< the host's
    bool operator==(const ResponseTooLong&) const = default;
  };
  /// The card did not answer within the limit: it is shown as removed until it answers.
  struct CardMute {
    ReaderId reader{};
    bool operator==(const CardMute&) const = default;
  };
  /// Nothing has come from the host for too long. Close the stream: its line is dead, and the
  /// conversation may go on over another.
  struct Silent {
    bool operator==(const Silent&) const = default;
  };
  /// The conversation is over: close the stream once what was sent is written. No error after
  /// leave().
  struct Ended {
    std::optional<Errc> error;
    bool operator==(const Ended&) const = default;
  };
  using Action =
      std::variant<Send, Transmit, Reset, StopCommand, LookAtCard, ReaderAccepted, ReaderRefused,
                   ReaderWithdrawn, CardRefused, ResponseTooLong, CardMute, Silent, Ended>;
  using Actions = std::vector<Action>;

  /// `silence`: see Keepalive.
  explicit VscClient(PeerLimits host = {}, Duration apdu_timeout = kApduTimeout,
                     Duration silence = kSilence);

  Actions start(Time now);
  Actions receive(Message message, Time now);

  /// A further reader, before or after start(). Its number here is the caller's own; the one that
  /// the host gives it stays inside. What follows about a reader that was not added is ignored.
  /// The host gets them in the order of these numbers, as many as it takes; a stock host takes one.
  /// `ahead`: what its card is asked for a host that takes Ahead.
  Actions add_reader(ReaderId reader, std::string name, Time now,
                     AheadPolicy ahead = AheadPolicy::Nothing);
  /// A card was inserted, or replaced by another one.
  Actions insert_card(ReaderId reader, const iso7816::Atr& atr, Time now);
  /// The card that is in was reset: the host sees it removed and inserted. By its ATR alone, a host
  /// that waits for an answer would not notice; it would take a late answer for the next command's.
  Actions reset_card(ReaderId reader, const iso7816::Atr& atr, Time now);
  Actions remove_card(ReaderId reader, Time now);

  /// Without a Transmit that waits for it, an answer is ignored.
  Actions respond(ReaderId reader, SecretBytes response, Time now);
  Actions no_answer(ReaderId reader, Time now);
  /// The card is alive: its limit begins anew, here and at a host that takes Working.
  Actions works(ReaderId reader, Time now);

  /// Removes cards and readers from the host, then ends.
  Actions leave(Time now);

  /// The conversation goes on over another connection, after a break in which nothing was lost.
  void resumed(Time now);
  /// Forgets the host. The readers and cards stay, as does a card that is still at work.
  void lost();

  /// Does the host see the reader's card as it is? It has confirmed that. True also without a host.
  bool settled(ReaderId id) const;
  /// To the host and back, if it answers Ping.
  std::optional<Duration> round_trip() const { return keepalive_.round_trip(); }

  /// When expire() is to be called; nothing before start() and after the end.
  std::optional<Time> deadline() const;
  Actions expire(Time now);

 private:
  enum class State {
    Idle,         ///< there is no connection; left by start()
    Greeting,     ///< our Init is sent; left by the host's
    Introducing,  ///< … and our ExtHello; left by the host's
    Talking,      ///< left by leave() or an error
    Leaving,      ///< left when no reader is left at the host
    Ended,        ///< left by lost()
  };

  /// What a request to the host was about.
  enum class Request { ClearReader, AddReader, RemoveReader, InsertCard, RemoveCard };
  struct PendingRequest {
    Request request{};
    ReaderId reader{};
    Time deadline;
  };

  /// Counts the cards that were in; a card that was reset counts as another one.
  using Insertion = std::uint64_t;
  static constexpr Insertion kNoCard = 0;
  struct FlushMark {};
  struct Reader {
    std::string name;
    AheadPolicy policy = AheadPolicy::Nothing;
    ReadAhead ahead;                  ///< for this host
    std::optional<iso7816::Atr> atr;  ///< of the card, if there is one
    Insertion card = kNoCard;         ///< that is in, or was last
    Insertion told_card = kNoCard;    ///< … as the host knows it
    Time empty_until;                 ///< the host sees no card before
    std::optional<ReaderId> number;   ///< the host's, once it has answered ReaderAdd
    bool refused = false;             ///< by this host
    Use use = Use::Ready;             ///< … as it says

    bool transmitting = false;  ///< the card has a command
    bool answer_owed = false;   ///< … and the host still waits for its answer
    bool mute = false;          ///< … and has taken too long: shown as removed meanwhile
    Time transmit_deadline;
    Time look_at;  ///< while transmitting: when it is worth a LookAtCard
    std::deque<std::variant<SecretBytes, FlushMark>> queue;  ///< at most kMaxQueuedCommands
  };

  // client_requests.cpp and client_commands.cpp have what their names say.
  bool greeting() const { return state_ == State::Greeting || state_ == State::Introducing; }
  void receive_init(const Init& init, Actions& out, Time now);
  void receive_hello(const ExtHello& hello, Actions& out, Time now);
  void receive_answer(const Error& error, ReaderId number, Actions& out, Time now);
  void receive_command(ReaderId number, SecretBytes command, Actions& out, Time now);
  void receive_extension(ReaderId number, const Body& body, Actions& out, Time now);
  void receive_power(ReaderId number, Power power, Actions& out);
  void receive_flush(ReaderId number, Actions& out);
  void receive_cancel(ReaderId number, Actions& out);
  void receive_use(ReaderId number, Use use, Actions& out);
  Reader* find(ReaderId id);
  Reader* find_told(ReaderId number, ReaderId& id);

  void finish_command(ReaderId id, std::optional<SecretBytes> response, Actions& out, Time now);
  bool ask_ahead(ReaderId id, Reader& reader, std::optional<SecretBytes>& response, Actions& out,
                 Time now);
  static void send_ahead(Reader& reader, Actions& out);
  void next_command(ReaderId id, Reader& reader, Actions& out, Time now);
  static void drop_commands(Reader& reader, Actions& out);
  static void watch_card(ReaderId id, Reader& reader, Actions& out, Time now);

  void take_number(ReaderId id, Reader& reader, const Error& error, ReaderId number, Actions& out);
  static void refuse(ReaderId id, Reader& reader, std::size_t room, Actions& out);
  std::size_t served() const;
  void advance(Actions& out, Time now);
  bool advance_reader(ReaderId id, Reader& reader, Actions& out, Time now);
  Duration shown_empty() const;
  Insertion wanted(const Reader& reader) const;
  void send_request(Request request, ReaderId id, Message message, Actions& out, Time now);
  void end(std::optional<Errc> error, Actions& out);

  PeerLimits given_;  ///< of a host that does not say its own
  PeerLimits host_;
  std::size_t room_ = 1;        ///< for readers, at the host
  bool extended_ = false;       ///< the host keeps to the extension
  bool takes_ahead_ = false;    ///< … and takes Ahead
  bool takes_working_ = false;  ///< … and Working
  Duration silence_;
  Keepalive keepalive_;
  Duration apdu_timeout_;
  State state_ = State::Idle;
  Time state_deadline_;   ///< of Greeting, Introducing and Leaving
  bool cleared_ = false;  ///< what an unclean exit left at the host is gone
  std::optional<PendingRequest> pending_;
  std::map<ReaderId, Reader> readers_;
};

}  // namespace vscard::protocol::vsc
