#include "chardev/inherited.hpp"
#include "chardev/socket_listener.hpp"
#include "chardev/socket_stream.hpp"
#include "chardev/tcp.hpp"
#include "chardev/transport.hpp"

#include <cerrno>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace vscard::chardev {
namespace {

/// Nothing: it is not a socket.
std::optional<int> socket_option(int descriptor, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) != 0) return std::nullopt;
  return value;
}

/// Who could be at the other end: the name of a listening socket, else that of the peer.
bool is_exposed(int descriptor) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  auto* address = static_cast<sockaddr*>(static_cast<void*>(&name));
  const auto get_name =
      socket_option(descriptor, SO_ACCEPTCONN).value_or(0) != 0 ? ::getsockname : ::getpeername;
  return get_name(descriptor, address, &size) == 0 && leaves_machine(name, size);
}

/// The descriptor itself, which stays where it is.
Result<int> find(const Address& address, Endpoint::Mode mode) {
  const auto number = find_inherited(address.location);
  if (!number) return number;
  if (socket_option(*number, SO_TYPE) != SOCK_STREAM)
    return std::unexpected("it is not a stream socket that this process was given");
  const bool listens = socket_option(*number, SO_ACCEPTCONN).value_or(0) != 0;
  if (listens == (mode == Endpoint::Mode::Listen)) return number;
  return std::unexpected(listens ? "it listens: write listen: in place of connect:"
                                 : "it does not listen: write connect: in place of listen:");
}

Result<Descriptor> take(const Address& address, Endpoint::Mode mode) {
  const auto number = find(address, mode);
  if (!number) return std::unexpected(number.error());
  return take_inherited(*number);
}

Result<> check(const Address& address) {
  if (address.location.empty()) return std::unexpected("fd: needs a number, a name, or systemd");
  if (const auto unknown = address.keys.other_than({})) {
    return std::unexpected("fd: has no key '" + *unknown + "'");
  }
  return {};
}

bool reachable_unencrypted(const Address& address) {
  const auto number = find_inherited(address.location);
  return number && is_exposed(*number);
}

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  auto socket = take(address, Endpoint::Mode::Connect);
  if (!socket) {
    co_return std::unexpected(
        ConnectError{std::move(socket.error().text), ConnectError::Remedy::GiveUp});
  }
  tune_tcp(socket->number());
  co_return std::make_unique<SocketStream>(executor, std::move(*socket), address.text());
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  auto socket = take(address, Endpoint::Mode::Listen);
  if (!socket) return std::unexpected(socket.error());
  const int family = socket_option(socket->number(), SO_DOMAIN).value_or(AF_UNIX);
  std::unique_ptr<SocketListener> listener;
  if (family == AF_INET || family == AF_INET6) {
    listener = tcp_listener(executor, std::move(*socket));
  } else {
    listener = local_listener(executor, std::move(*socket), address.text());
  }
  return stream_listener(std::move(executor), std::move(listener));
}

}  // namespace

Result<std::unique_ptr<SocketListener>> listen_on_passed(const asio::any_io_executor& executor,
                                                         const Address& address) {
  auto socket = take(address, Endpoint::Mode::Listen);
  if (!socket) return std::unexpected(socket.error());
  if (socket_option(socket->number(), SO_DOMAIN) != AF_UNIX) {
    return std::unexpected("it is not a UNIX socket");
  }
  return local_listener(executor, std::move(*socket), address.text());
}

const Transport kFd{.scheme = "fd",
                    .check = check,
                    .reachable_unencrypted = reachable_unencrypted,
                    .connector = plain_connector<connect>,
                    .listen = listen,
                    .once = true};

}  // namespace vscard::chardev
