#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace vscard::bench {

/// A blocking socket, with TCP_NODELAY if that is what it is: nothing beyond the system calls.
/// Everything here throws when it cannot do its part.
class Socket {
 public:
  explicit Socket(int fd);
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  void send(std::span<const std::uint8_t> bytes) const;
  /// Exactly as many as there is room for.
  void receive(std::span<std::uint8_t> into) const;
  /// At least one.
  std::size_t receive_some(std::span<std::uint8_t> into) const;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// `transport` is "tcp" or "unix".
std::pair<Socket, Socket> connected_pair(std::string_view transport);

/// `address` is that of a socket file, "unix:PATH".
Socket connect_to(const std::string& address);

class Listener {
 public:
  /// On 127.0.0.1, a port of the system's choice, or at an abstract UNIX address with this name.
  Listener(std::string_view transport, std::string_view name);

  /// "tcp://127.0.0.1:40123", "unix:@NAME"
  const std::string& address() const { return address_; }
  Socket accept() const;

 private:
  Socket socket_;
  std::string address_;
};

}  // namespace vscard::bench
