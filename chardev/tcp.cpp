#include "chardev/tcp.hpp"

#include "async/error_as_value.hpp"
#include "chardev/acceptor.hpp"
#include "chardev/socket_listener.hpp"
#include "chardev/socket_stream.hpp"
#include "chardev/transport.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstring>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace vscard::chardev {
namespace {

using asio::ip::tcp;

constexpr int kKeepAliveIdle = 5;      ///< seconds
constexpr int kKeepAliveInterval = 5;  ///< seconds
constexpr int kKeepAliveCount = 3;
constexpr int kUserTimeout = 20 * 1000;  ///< milliseconds

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return "tcp://" + (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

tcp::endpoint endpoint_of(const sockaddr_storage& name, std::size_t size) {
  tcp::endpoint endpoint;
  endpoint.resize(size);
  std::memcpy(endpoint.data(), &name, size);
  return endpoint;
}

/// With getsockname(2) or getpeername(2). Nothing: it is connected no more.
std::optional<std::string> name_of(int socket, decltype(::getsockname)& get_name) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  auto* address = static_cast<sockaddr*>(static_cast<void*>(&name));
  if (get_name(socket, address, &size) != 0) return std::nullopt;
  return tcp_address(name, size);
}

class TcpListener final : public SocketListener {
 public:
  TcpListener(const asio::any_io_executor& executor, Descriptor listening, std::string address)
      : acceptor_(executor, std::move(listening)), address_(std::move(address)) {}

  Awaitable<std::expected<Accepted, std::error_code>> accept() override {
    while (true) {
      auto socket = co_await acceptor_.accept();
      if (!socket) co_return std::unexpected(socket.error());
      auto remote = name_of(socket->number(), ::getpeername);
      if (!remote) continue;  // it was reset while it waited
      tune_tcp(socket->number());
      co_return Accepted{std::move(*socket), std::move(*remote)};
    }
  }
  void close() override { acceptor_.close(); }
  std::string address() const override { return address_; }

 private:
  Acceptor acceptor_;
  std::string address_;
};

Result<> check(const Address& address) {
  if (const auto unknown = address.keys.other_than({})) {
    return std::unexpected("tcp:// has no key '" + *unknown + "'");
  }
  const auto parsed = parse_host_port(address.location);
  if (!parsed) return std::unexpected(parsed.error());
  return {};
}

bool reachable_unencrypted(const Address& address) {
  const auto parsed = parse_host_port(address.location);
  return !parsed || !parsed->loopback();
}

/// To the first address of the host that takes it.
Awaitable<Connected> connect_to(asio::any_io_executor executor, HostPort target, std::string name) {
  tcp::resolver resolver(executor);
  const auto [unresolved, found] =
      co_await resolver.async_resolve(target.host, target.port, async::kErrorAsValue);
  std::error_code failure = unresolved;
  for (const auto& entry : found) {
    auto stream = co_await SocketStream::connect(executor, entry.endpoint(), name);
    if (stream) {
      tune_tcp((*stream)->descriptor());
      co_return std::move(*stream);
    }
    failure = stream.error();
  }
  co_return std::unexpected(ConnectError{.text = failure.message()});
}

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  const auto target = parse_host_port(address.location);
  if (!target) {
    co_return std::unexpected(ConnectError{target.error().text, ConnectError::Remedy::GiveUp});
  }
  Connected stream;
  for (const std::string& host : hosts_of(*target)) {
    HostPort one{host, target->port};
    stream = co_await connect_to(executor, std::move(one), address.text());
    if (stream) break;
  }
  co_return stream;
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  auto sockets = listen_on_tcp(executor, address);
  if (!sockets) return std::unexpected(sockets.error());
  return stream_listener(std::move(executor), std::move(*sockets));
}

}  // namespace

std::vector<std::string> hosts_of(const HostPort& target) {
  if (target.host == "localhost") return {"::1", "127.0.0.1"};
  return {target.host};
}

void tune_tcp(int socket) {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);  // the link works without each of them
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdle);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveInterval);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveCount);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeout);
}

bool leaves_machine(const sockaddr_storage& name, std::size_t size) {
  if (name.ss_family != AF_INET && name.ss_family != AF_INET6) return false;
  const asio::ip::address address = endpoint_of(name, size).address();
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return !address.is_loopback();
  return !asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
}

std::unique_ptr<SocketListener> tcp_listener(const asio::any_io_executor& executor,
                                             Descriptor listening) {
  std::string address = name_of(listening.number(), ::getsockname).value_or("tcp");
  return std::make_unique<TcpListener>(executor, std::move(listening), std::move(address));
}

std::string tcp_address(const sockaddr_storage& name, std::size_t size) {
  return text_of(endpoint_of(name, size));
}

Result<std::unique_ptr<SocketListener>> listen_on_tcp(const asio::any_io_executor& executor,
                                                      const Address& address) {
  const auto target = parse_host_port(address.location);
  if (!target) return std::unexpected(target.error());
  boost::system::error_code error;
  tcp::resolver resolver(executor);
  const auto found =
      resolver.resolve(hosts_of(*target).back(), target->port, tcp::resolver::passive, error);
  if (error) return std::unexpected(error.message());
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return std::unexpected(error.message());
  return tcp_listener(executor, Descriptor(acceptor.release()));
}

const Transport kTcp{
    .scheme = "tcp",
    .check = check,
    .reachable_unencrypted = reachable_unencrypted,
    .connector = plain_connector<connect>,
    .listen = listen,
    .encrypted = [](const Address& address) { return "tls://" + address.location; }};

}  // namespace vscard::chardev
