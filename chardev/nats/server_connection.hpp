#pragma once

#include "chardev/nats/server_spec.hpp"
#include "protocol/bytes.hpp"
#include "protocol/failure.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vscard::chardev::nats {

/// A message that has come. Valid in the call that gives it.
struct Arrival {
  std::string_view subject;
  std::string_view reply = {};  ///< where its sender is; empty: it does not say
  protocol::Bytes payload = {};
  /// In place of a message: nobody has the subject to which one was sent whose reply was to go to
  /// `subject`. libnats does not say which one of those that a pattern stands for.
  bool nobody_there = false;
};

/// A server that is there sends something at least so often: the answer to a ping.
inline constexpr std::chrono::seconds kPingEvery{2};

/// libnats, of which this is the one source: a connection to a NATS server. It does no I/O of its
/// own: its owner waits for the socket. So nothing is sent late, and no other thread calls
/// anybody here, except `wants_write`. It ends when the connection does: libnats' own way to
/// connect again keeps messages back, and sends them when nobody expects them any more.
class ServerConnection {
 public:
  /// `wants_write` may be called on any thread: process_write() is to be called, now or as soon as
  /// the socket takes bytes. Blocks, for some seconds where a server does not answer. The error is
  /// part of a line for the user.
  static Result<std::unique_ptr<ServerConnection>> open(const Servers& servers,
                                                        std::function<void()> wants_write);
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;
  ~ServerConnection();

  /// A duplicate of the socket, for its owner to wait with and to close.
  int duplicate_socket() const;
  /// Bytes of the largest message that the server takes.
  std::size_t max_payload() const;

  /// What is sent to the subject, or to all subjects of the pattern, arrives here. The server may
  /// refuse that: refusal_of().
  void subscribe(const std::string& subject);
  void unsubscribe(const std::string& subject);
  /// Sent at once, as far as the socket takes it.
  void send(const std::string& subject, const std::string& reply, protocol::Bytes payload);

  /// The socket has bytes: `arrived` is called for each message in them. It may subscribe, and
  /// unsubscribe other subjects than that of the message.
  void process_read(const std::function<void(const Arrival&)>& arrived);
  void process_write();
  /// Are there bytes that the socket did not take?
  bool write_is_due() const;
  std::size_t unsent() const;  ///< bytes
  bool ended() const;
  /// What the server has said against a subject that begins so, last of all; empty: nothing.
  std::string refusal_of(std::string_view subject) const;

 private:
  struct Library;
  explicit ServerConnection(std::unique_ptr<Library> library);
  std::unique_ptr<Library> library_;
};

}  // namespace vscard::chardev::nats
