#pragma once

#include "async/awaitable.hpp"
#include "chardev/descriptor.hpp"
#include "chardev/endpoint.hpp"
#include "chardev/transport.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace vscard::chardev {

/// A listening TCP or UNIX socket. It gives descriptors: for what makes streams of them, and for a
/// library that does its own I/O.
class SocketListener {
 public:
  struct Accepted {
    Descriptor socket;
    std::string remote;  ///< for log lines
  };

  SocketListener() = default;
  SocketListener(const SocketListener&) = delete;
  SocketListener& operator=(const SocketListener&) = delete;
  virtual ~SocketListener() = default;

  virtual Awaitable<std::expected<Accepted, std::error_code>> accept() = 0;
  /// accept() ends with asio::error::operation_aborted.
  virtual void close() = 0;
  /// With the port that the system chose, if it was to choose one.
  virtual std::string address() const = 0;
};

// As the transports of the same names do; the error is a line for the user.
Result<std::unique_ptr<SocketListener>> listen_on_tcp(const asio::any_io_executor& executor,
                                                      const Address& address);
Result<std::unique_ptr<SocketListener>> listen_on_unix(const asio::any_io_executor& executor,
                                                       const Address& address);

/// Of fd:, for UNIX sockets alone.
Result<std::unique_ptr<SocketListener>> listen_on_passed(const asio::any_io_executor& executor,
                                                         const Address& address);

/// For a socket that listens and whose peers have no names of their own. `address` is its own.
std::unique_ptr<SocketListener> local_listener(const asio::any_io_executor& executor,
                                               Descriptor listening, std::string address);

/// "tcp://HOST:PORT" of a socket's name, of which `size` bytes count: as in Accepted::remote.
std::string tcp_address(const sockaddr_storage& name, std::size_t size);

/// Makes a stream of each connection.
std::unique_ptr<Listener> stream_listener(asio::any_io_executor executor,
                                          std::unique_ptr<SocketListener> sockets);

}  // namespace vscard::chardev
