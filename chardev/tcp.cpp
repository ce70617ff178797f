#include "chardev/socket_stream.hpp"
#include "chardev/transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/tcp.h>

namespace vscard::chardev {
namespace {

using asio::ip::tcp;
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

// A vanished machine is noticed within 20 s, idle or not.
constexpr int kKeepAliveIdle = 5;      ///< seconds
constexpr int kKeepAliveInterval = 5;  ///< seconds
constexpr int kKeepAliveCount = 3;
constexpr int kUserTimeout = 20 * 1000;  ///< milliseconds

template <int Name>
using TcpOption = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return "tcp://" + (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

std::unique_ptr<Stream> make_stream(tcp::socket socket, const std::string& peer) {
  boost::system::error_code ignored;  // the link works without each of them
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(tcp::socket::keep_alive(true), ignored);
  socket.set_option(TcpOption<TCP_KEEPIDLE>(kKeepAliveIdle), ignored);
  socket.set_option(TcpOption<TCP_KEEPINTVL>(kKeepAliveInterval), ignored);
  socket.set_option(TcpOption<TCP_KEEPCNT>(kKeepAliveCount), ignored);
  socket.set_option(TcpOption<TCP_USER_TIMEOUT>(kUserTimeout), ignored);
  return std::make_unique<SocketStream>(std::move(socket), peer);
}

class TcpListener final : public Listener {
 public:
  explicit TcpListener(tcp::acceptor acceptor)
      : acceptor_(std::move(acceptor)), address_(text_of(acceptor_.local_endpoint())) {}

  Awaitable<std::expected<std::unique_ptr<Stream>, std::error_code>> accept() override {
    auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
    if (error) co_return std::unexpected(std::error_code(error));
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) co_return std::unexpected(std::error_code(error));
    co_return make_stream(std::move(socket), text_of(peer));
  }

  void close() override {
    boost::system::error_code ignored;  // closed is closed
    acceptor_.close(ignored);
  }

  std::string address() const override { return address_; }

 private:
  tcp::acceptor acceptor_;
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

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  const auto target = parse_host_port(address.location);
  if (!target) {
    co_return std::unexpected(ConnectError{target.error().text, ConnectError::Remedy::GiveUp});
  }
  tcp::resolver resolver(executor);
  auto [failure, found] = co_await resolver.async_resolve(target->host, target->port, kAsTuple);
  for (const auto& entry : found) {
    tcp::socket socket(executor);
    const auto [error] = co_await socket.async_connect(entry.endpoint(), kAsTuple);
    if (!error) co_return make_stream(std::move(socket), address.text());
    failure = error;
  }
  co_return std::unexpected(ConnectError{.text = failure.message()});
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto target = parse_host_port(address.location);
  if (!target) return std::unexpected(target.error());
  boost::system::error_code error;
  tcp::resolver resolver(executor);
  const auto found = resolver.resolve(target->host, target->port, tcp::resolver::passive, error);
  if (error) return std::unexpected(error.message());
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return std::unexpected(error.message());
  return std::make_unique<TcpListener>(std::move(acceptor));
}

}  // namespace

const Transport kTcp{.scheme = "tcp",
                     .check = check,
                     .reachable_unencrypted = reachable_unencrypted,
                     .connect = connect,
                     .listen = listen};

}  // namespace vscard::chardev
