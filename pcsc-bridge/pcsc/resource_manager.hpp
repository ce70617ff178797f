#pragma once

#include "pcsc-bridge/pcsc/change_wait.hpp"
#include "pcsc-bridge/pcsc/decoder.hpp"
#include "pcsc-bridge/pcsc/readers.hpp"
#include "protocol/errc.hpp"

#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vscard::pcsc_bridge::pcsc {

/// What became of a call.
enum class Outcome {
  Answer,  ///< it is filled in
  Done,    ///< all that is to be sent was sent
  Later,   ///< the answer comes when the card has given its own
  Turn,    ///< it is to be tried again when a transaction has ended
  Broken,  ///< a program must not send this
};

/// The PC/SC service, as pcscd is one: programs on connections, readers, and what they have to do
/// with each other; no socket, no clock. Every method returns what is to be done, in order:
///
///     service.connect(connection);                       a program has come
///     actions = service.receive(connection, bytes, now);
///     actions = service.disconnect(connection, now);     it has gone, or was closed
///     actions = service.add_reader(reader, name, serial, now);
///     actions = service.insert(reader, atr, max_command, now);
///     actions = service.respond(reader, answer, now);    after a Transmit, unless Abort came
///     actions = service.expire(now);                     when deadline() has come
///     actions = service.show_foreign(reader, state, now);      another service's reader
///     actions = service.answer(connection, request, now);      after an Ask
///
/// What is done with a reader of another service, that one decides: the calls that use it go there
/// as they are, and its answers come back.
/// Whatever one program does, the others get their answers.
class ResourceManager {
 public:
  struct Send {
    ConnectionId to{};
    SecretBytes bytes;
    bool operator==(const Send&) const = default;
  };
  /// What the connection's program sent is none of its business; disconnect() follows.
  struct Close {
    ConnectionId connection{};
    protocol::Errc reason{};
    bool operator==(const Close&) const = default;
  };
  /// One at a time for each reader.
  struct Transmit {
    ReaderId reader{};
    ConnectionId from{};
    SecretBytes command;
    bool operator==(const Transmit&) const = default;
  };
  /// The answer to the last Transmit is not wanted any more. The next may come before it.
  struct Abort {
    ReaderId reader{};
    bool operator==(const Abort&) const = default;
  };
  struct Power {
    ReaderId reader{};
    PowerAction action{};
    bool operator==(const Power&) const = default;
  };
  /// A call for the service that the reader is of; answer() follows, unless the program goes. One
  /// at a time for each connection. It names handles as our programs do: the one in a Connect will
  /// be the new one's, if it succeeds.
  struct Ask {
    ConnectionId from{};
    ReaderId reader{};
    Request request;
  };
  /// What other services have for the connection is to be given back, as when a program ends there.
  struct Forget {
    ConnectionId connection{};
    bool operator==(const Forget&) const = default;
  };
  using Action = std::variant<Send, Close, Transmit, Abort, Power, Ask, Forget>;
  using Actions = std::vector<Action>;
  /// A response, or why there is none.
  using Answer = std::expected<SecretBytes, protocol::Errc>;

  /// `random` gives numbers that programs cannot guess.
  explicit ResourceManager(std::function<std::uint32_t()> random);

  // The programs.
  void connect(ConnectionId id) { connections_[id]; }
  Actions receive(ConnectionId id, Bytes bytes, Time now);
  Actions disconnect(ConnectionId id, Time now);

  // The readers.
  /// `name` has at most 127 bytes and is no other's.
  Actions add_reader(ReaderId id, std::string name, std::string serial, Time now);
  Actions remove_reader(ReaderId id, Time now);
  /// `max_command`: bytes that the card's client takes.
  Actions insert(ReaderId id, const Atr& atr, std::size_t max_command, Time now);
  Actions remove(ReaderId id, Time now);
  Actions respond(ReaderId id, Answer response, Time now);

  // The readers of other services; remove_reader() is for them, too.
  /// `reader` is there, and like that. Its name is no other's.
  Actions show_foreign(ReaderId id, ForeignReader reader, Time now);
  /// To an Ask: its call, filled in, and what follows that. Nothing if nobody waits for it.
  Actions answer(ConnectionId id, Request answered, Time now);

  /// Every program that was told of a change has looked at it.
  bool settled() const;
  std::optional<Time> deadline() const;
  Actions expire(Time now);

 private:
  struct Connection {
    Decoder decoder;
    std::uint32_t minor = kProtocolMinor;  ///< the version that its program speaks
    std::optional<ContextId> context;
    std::map<HandleId, ReaderId> handles;
    std::map<HandleId, ReaderId> foreign;    ///< the handles of other services
    bool known_abroad = false;               ///< Forget is to follow
    bool asking = false;                     ///< answer() is to come
    std::optional<std::size_t> state_count;  ///< that it was told
    ChangeWait wait;
    bool busy = false;  ///< the answer to its request is to come
  };
  enum class Patience { Some, None };
  struct Caller {
    ConnectionId id{};
    Connection& connection;
    Time now;
    Patience patience;
  };

  /// Is the context that a call names that of its connection?
  static Code check_context(std::optional<ContextId> own, ContextId named);
  void run(ConnectionId id, Request request, Time now, Patience patience);
  void conclude(const Caller& caller, Request& request, Outcome outcome);
  static bool may_wait(const Caller& caller, const Slot& slot);
  void wait_for_turn(const Caller& caller, Request request);

  // A call; resource_manager_….cpp have them by what they are about.
  static Outcome perform(const Caller& caller, Version& call);
  Outcome perform(const Caller& caller, Establish& call);
  Outcome perform(const Caller& caller, Release& call);
  Outcome perform(const Caller& caller, Cancel& call);
  Outcome perform(const Caller& caller, Connect& call);
  Outcome perform(const Caller& caller, Reconnect& call);
  Outcome perform(const Caller& caller, Disconnect& call);
  Outcome perform(const Caller& caller, Begin& call);
  Outcome perform(const Caller& caller, End& call);
  Outcome perform(const Caller& caller, Status& call);
  Outcome perform(const Caller& caller, pcsc::Transmit& call, SecretBytes& data);
  Outcome perform(const Caller& caller, Control& call);
  Outcome perform(const Caller& caller, GetAttribute& call);
  Outcome perform(const Caller& caller, SetAttribute& call);
  Outcome perform(const Caller& caller, ReaderStates& call);
  Outcome perform(const Caller& caller, Wait& call);
  Outcome perform(const Caller& caller, StopWaiting& call);
  Outcome perform(const Caller& caller, ReaderEvents& call);
  Outcome perform(const Caller& caller, StateCount& call);
  Outcome perform(const Caller& caller, StateArray& call);

  /// `body(reader)` if the caller's handle has one.
  template <class Call, class Body>
  Outcome on_reader(const Caller& caller, Call& call, Body body);

  // What resource_manager_foreign.cpp has.
  std::optional<ReaderId> foreign_reader(const Connection& connection, const Call& call) const;
  void ask(const Caller& caller, ReaderId reader, Request request);
  void note(const Caller& caller, const Call& answered);
  void forget(ConnectionId id, Connection& connection);

  void pump(ConnectionId id, Time now);
  void send(ConnectionId to, SecretBytes bytes);
  void send_event(ConnectionId to, Code rv);
  void show_states(const Caller& caller, SecretBytes states);
  void tell_all();
  void drop_handles(ConnectionId id, Connection& connection, Time now);
  void start(ReaderId id, Reader& reader, Reader::Command command);
  void start_next(Reader& reader, Time now);
  void drop_commands(ConnectionId connection);
  void answer(const Reader::Command& command, const Answer& response);
  std::uint32_t new_number();

  void touch(ReaderId id) { touched_.push_back(id); }
  void look_at(ReaderId id, Time now);
  Actions finish(Time now);

  std::function<std::uint32_t()> random_;
  std::map<ConnectionId, Connection> connections_;
  std::map<ContextId, ConnectionId> contexts_;
  Readers readers_;
  Actions out_;
  std::vector<ReaderId> touched_;   ///< something about them may have changed
  std::deque<ConnectionId> freed_;  ///< their next request may be looked at
  std::size_t sent_ = 0;            ///< bytes, to the connection that is being pumped
};

}  // namespace vscard::pcsc_bridge::pcsc
