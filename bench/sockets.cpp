#include "bench/sockets.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace vscard::bench {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

int open_socket(int family) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0, "socket");
  return fd;
}

template <class Address>
sockaddr* generic(Address& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Where a bound TCP socket is.
sockaddr_in bound(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(socket.fd(), generic(address), &size) == 0, "getsockname");
  return address;
}

Socket listening(std::string_view transport, std::string_view name) {
  if (transport == "tcp") {
    Socket socket(open_socket(AF_INET));
    sockaddr_in address = loopback();
    check(::bind(socket.fd(), generic(address), sizeof address) == 0, "bind");
    check(::listen(socket.fd(), SOMAXCONN) == 0, "listen");
    return socket;
  }
  Socket socket(open_socket(AF_UNIX));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  check(name.size() + 1 < sizeof address.sun_path, "the name is too long");
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  check(::bind(socket.fd(), generic(address), size) == 0, "bind");
  check(::listen(socket.fd(), SOMAXCONN) == 0, "listen");
  return socket;
}

}  // namespace

Socket::Socket(int fd) : fd_(fd) {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // no other socket has it
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

void Socket::send(std::span<const std::uint8_t> bytes) const {
  const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  check(std::cmp_equal(sent, bytes.size()), "send");
}

void Socket::receive(std::span<std::uint8_t> into) const {
  const auto received = ::recv(fd_, into.data(), into.size(), MSG_WAITALL);
  check(std::cmp_equal(received, into.size()), "receive");
}

std::size_t Socket::receive_some(std::span<std::uint8_t> into) const {
  const auto received = ::recv(fd_, into.data(), into.size(), 0);
  check(received > 0, "receive");
  return static_cast<std::size_t>(received);
}

std::pair<Socket, Socket> connected_pair(std::string_view transport) {
  if (transport == "unix") {
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
    return {Socket(ends[0]), Socket(ends[1])};
  }
  const Socket acceptor = listening(transport, "");
  sockaddr_in address = bound(acceptor);
  Socket near(open_socket(AF_INET));
  check(::connect(near.fd(), generic(address), sizeof address) == 0, "connect");
  return {std::move(near), Socket(::accept4(acceptor.fd(), nullptr, nullptr, SOCK_CLOEXEC))};
}

Socket connect_to(const std::string& address) {
  const std::string_view path = std::string_view(address).substr(address.find(':') + 1);
  Socket socket(open_socket(AF_UNIX));
  sockaddr_un there{};
  there.sun_family = AF_UNIX;
  check(path.size() < sizeof there.sun_path, "the path is too long");
  std::memcpy(there.sun_path, path.data(), path.size());
  check(::connect(socket.fd(), generic(there), sizeof there) == 0, "connect");
  return socket;
}

Listener::Listener(std::string_view transport, std::string_view name)
    : socket_(listening(transport, name)) {
  address_ = transport == "tcp"
                 ? "tcp://127.0.0.1:" + std::to_string(ntohs(bound(socket_).sin_port))
                 : "unix:@" + std::string(name);
}

Socket Listener::accept() const {
  const int fd = ::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
  check(fd >= 0, "accept");
  return Socket(fd);
}

}  // namespace vscard::bench
