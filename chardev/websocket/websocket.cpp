#include "chardev/secret_input.hpp"
#include "chardev/transport.hpp"
#include "chardev/websocket/server_spec.hpp"
#include "chardev/websocket/stream.hpp"

#include <utility>

namespace vscard::chardev {
namespace {

using websocket::ServerSpec;
using websocket::WebSocketStream;
using Remedy = ConnectError::Remedy;

constexpr SecretKind kToken{.name = "bearer token", .max_size = 8192};

/// A listener's or a client's address: "ws://HOST:PORT" of "tcp://HOST:PORT".
std::string over_tcp(std::string_view scheme, std::string_view address) {
  return std::string(scheme) + std::string(address.substr(address.find(':')));
}

class WebSocketListener final : public Listener {
 public:
  WebSocketListener(asio::any_io_executor executor, std::unique_ptr<Listener> carrier,
                    std::string scheme, websocket::Service service)
      : executor_(std::move(executor)),
        carrier_(std::move(carrier)),
        scheme_(std::move(scheme)),
        service_(std::move(service)) {}

  Awaitable<std::expected<std::unique_ptr<Stream>, std::error_code>> accept() override {
    auto stream = co_await carrier_->accept();
    if (!stream) co_return std::unexpected(stream.error());
    std::string remote = over_tcp(scheme_, (*stream)->remote());
    co_return std::make_unique<WebSocketStream>(executor_, std::move(*stream), std::move(remote),
                                                service_);
  }
  void close() override { carrier_->close(); }
  std::string address() const override {
    return over_tcp(scheme_, carrier_->address()) + service_.path;
  }

 private:
  asio::any_io_executor executor_;
  std::unique_ptr<Listener> carrier_;
  std::string scheme_;
  websocket::Service service_;
};

Result<> check(const Address& address) {
  const auto server = websocket::parse_server(address);
  if (!server) return std::unexpected(server.error());
  return {};
}

bool reachable_unencrypted(const Address& address) {
  const auto server = websocket::parse_server(address);
  const auto target = server ? parse_host_port(server->host) : std::unexpected(server.error());
  return !target || !target->loopback();
}

/// Read for each connection anew: tokens are exchanged while programs run.
Result<protocol::SecretBytes> read_token(const ServerSpec& server) {
  if (!server.token_file) return protocol::SecretBytes();
  return read_secret_line(*server.token_file, kToken);
}

Awaitable<Connected> connect_carrier(asio::any_io_executor executor, const ServerSpec& server) {
  auto carrier = co_await connect_once(kTcp, std::move(executor), server.carrier);
  if (!carrier || !server.tunnel) co_return carrier;
  const auto opened = co_await open_tunnel(**carrier, *server.tunnel);
  if (!opened) co_return std::unexpected(opened.error());
  co_return carrier;
}

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  const auto server = websocket::parse_server(address);
  if (!server) co_return std::unexpected(ConnectError{server.error().text, Remedy::GiveUp});
  auto token = read_token(*server);
  if (!token) co_return std::unexpected(ConnectError{token.error().text, Remedy::GiveUp});
  auto carrier = co_await connect_carrier(executor, *server);
  if (!carrier) co_return std::unexpected(carrier.error());
  auto stream = std::make_unique<WebSocketStream>(executor, std::move(*carrier), address.text());
  websocket::Question question{server->host, server->service.path, std::move(*token)};
  const auto answered = co_await stream->ask(std::move(question));
  if (!answered) co_return std::unexpected(answered.error());
  co_return std::move(stream);
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  auto server = websocket::parse_server(address);
  if (!server) return std::unexpected(server.error());
  if (server->tunnel || server->token_file) {
    return std::unexpected("proxy and token-file go with connect:");
  }
  auto carrier = kTcp.listen(executor, server->carrier);
  if (!carrier) return std::unexpected(carrier.error());
  return std::make_unique<WebSocketListener>(std::move(executor), std::move(*carrier),
                                             address.scheme, std::move(server->service));
}

}  // namespace

const Transport kWebSocket{.scheme = "ws",
                           .check = check,
                           .reachable_unencrypted = reachable_unencrypted,
                           .connector = plain_connector<connect>,
                           .listen = listen};

}  // namespace vscard::chardev
