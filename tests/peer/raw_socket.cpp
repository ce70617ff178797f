#include "tests/peer/raw_socket.hpp"

#include "tests/fakes/hex.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace vscard::test {
namespace {

constexpr int kPatience = 20'000;  ///< milliseconds: many times what a busy machine needs

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

/// Which of `events` have come.
short wait(int fd, short events) {
  pollfd waited{.fd = fd, .events = events, .revents = 0};
  check(::poll(&waited, 1, kPatience) == 1, "nothing came");
  return waited.revents;
}
void wait_readable(int fd) { wait(fd, POLLIN); }

template <class Address>
const sockaddr* generic(const Address& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  check(path.size() < sizeof(address.sun_path), "path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

sockaddr_in tcp_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Address>
int connected(int family, const Address& address) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0 && ::connect(fd, generic(address), sizeof(address)) == 0, "cannot connect");
  return fd;
}

template <class Address>
int listening(int family, const Address& address) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0 && ::bind(fd, generic(address), sizeof(address)) == 0 && ::listen(fd, 8) == 0,
        "cannot listen");
  return fd;
}

}  // namespace

RawSocket::RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
RawSocket::~RawSocket() { close(); }

RawSocket RawSocket::connect_unix(const std::string& path) {
  return RawSocket(connected(AF_UNIX, unix_address(path)));
}
RawSocket RawSocket::connect_tcp(std::uint16_t port) {
  return RawSocket(connected(AF_INET, tcp_address(port)));
}

void RawSocket::send(protocol::Bytes bytes) const {
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    check(size > 0, "cannot send");
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
}

void RawSocket::send_hex(const std::string& hex) const { send(fakes::from_hex(hex)); }

std::string RawSocket::read_hex(std::size_t size) const {
  std::vector<std::uint8_t> bytes(size);
  std::size_t have = 0;
  while (have < size) {
    wait_readable(fd_);
    const ssize_t got = ::recv(fd_, bytes.data() + have, size - have, 0);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  return fakes::to_hex(protocol::Bytes(bytes).first(have));
}

bool RawSocket::ended() const {
  wait_readable(fd_);
  std::array<std::uint8_t, 1> byte{};
  return ::recv(fd_, byte.data(), byte.size(), 0) <= 0;
}

bool RawSocket::ends_within(std::chrono::milliseconds patience) const {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + patience;
  std::array<std::uint8_t, 4096> dropped{};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
    if (left.count() < 0 || ::poll(&waited, 1, static_cast<int>(left.count())) != 1) return false;
    if (::recv(fd_, dropped.data(), dropped.size(), 0) <= 0) return true;
  }
}

bool RawSocket::send_some(protocol::Bytes& bytes) const {
  const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (size <= 0) return false;
  bytes = bytes.subspan(static_cast<std::size_t>(size));
  return true;
}

std::optional<std::vector<std::uint8_t>> RawSocket::exchange_some(protocol::Bytes& bytes) const {
  const short sends = bytes.empty() ? 0 : POLLOUT;
  const short events = wait(fd_, static_cast<short>(POLLIN | sends));
  if ((events & sends) != 0 && send_some(bytes)) return std::vector<std::uint8_t>{};
  std::vector<std::uint8_t> received(65536);
  const ssize_t size = ::recv(fd_, received.data(), received.size(), 0);
  if (size <= 0) return std::nullopt;
  received.resize(static_cast<std::size_t>(size));
  return received;
}

void RawSocket::finish() const { ::shutdown(fd_, SHUT_WR); }

void RawSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void RawSocket::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

RawListener RawListener::on_unix(const std::string& path) {
  return RawListener(listening(AF_UNIX, unix_address(path)));
}
RawListener RawListener::on_tcp() { return RawListener(listening(AF_INET, tcp_address(0))); }

RawListener::RawListener(RawListener&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
RawListener::~RawListener() {
  if (fd_ >= 0) ::close(fd_);
}

RawSocket RawListener::accept() const {
  wait_readable(fd_);
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  check(fd >= 0, "cannot accept");
  return RawSocket(fd);
}

std::uint16_t RawListener::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  check(::getsockname(fd_, static_cast<sockaddr*>(static_cast<void*>(&address)), &size) == 0,
        "no port");
  return ntohs(address.sin_port);
}

}  // namespace vscard::test
