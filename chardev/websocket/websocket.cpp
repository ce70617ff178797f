#include "chardev/websocket/websocket.hpp"

#include "chardev/handshake_listener.hpp"
#include "chardev/tls/party.hpp"
#include "chardev/websocket/party.hpp"
#include "chardev/websocket/server_spec.hpp"

#include <utility>

namespace vscard::chardev::websocket {
namespace {

using Remedy = ConnectError::Remedy;

Result<> check(const Address& address) {
  const auto server = parse_server(address);
  if (!server) return std::unexpected(server.error());
  return {};
}

/// A proxy of this machine sends it on.
bool reachable_unencrypted(const Address& address) {
  const auto server = parse_server(address);
  if (server && server->keys) return false;
  const auto target = server ? parse_host_port(server->host) : std::unexpected(server.error());
  return !target || !target->loopback();
}

/// As tls:// has it: once it has worked, what keeps it from working may pass.
class WebSocketConnector final : public Connector {
 public:
  WebSocketConnector(asio::any_io_executor executor, Address address)
      : executor_(std::move(executor)), address_(std::move(address)) {}

  Awaitable<Connected> connect() override {
    auto server = parse_server(address_);
    if (!server) co_return std::unexpected(ConnectError{server.error().text, Remedy::GiveUp});
    auto stream = co_await connect_to(std::move(*server));
    if (stream) worked_ = true;
    if (!stream && worked_) stream.error().remedy = Remedy::TryAgain;
    co_return stream;
  }

 private:
  Awaitable<Connected> connect_to(ServerSpec server) {
    auto token = read_token(server);
    if (!token) co_return std::unexpected(ConnectError{token.error().text, Remedy::GiveUp});
    auto carrier = co_await connect_carrier(std::move(server.carrier), server.tunnel);
    if (carrier && server.keys) {
      const auto target = parse_host_port(server.host);
      carrier = co_await tls::connect_tls13(std::move(*carrier), *server.keys, target->host);
    }
    if (!carrier) co_return carrier;
    Question question{server.host, server.service.path, std::move(*token)};
    co_return co_await connect_websocket(executor_, std::move(*carrier), address_.text(),
                                         std::move(question));
  }
  Awaitable<Connected> connect_carrier(Address address, std::optional<Tunnel> tunnel) {
    auto carrier = co_await connect_once(kTcp, executor_, std::move(address));
    if (!carrier || !tunnel) co_return carrier;
    const auto opened = co_await open_tunnel(**carrier, std::move(*tunnel));
    if (!opened) co_return std::unexpected(opened.error());
    co_return carrier;
  }

  asio::any_io_executor executor_;
  Address address_;
  bool worked_ = false;
};

std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address) {
  return std::make_unique<WebSocketConnector>(std::move(executor), std::move(address));
}

/// What each connection of a listener goes through.
class ServerHandshake {
 public:
  ServerHandshake(asio::any_io_executor executor, std::string scheme, ServerSpec server)
      : executor_(std::move(executor)), scheme_(std::move(scheme)), server_(std::move(server)) {}

  Awaitable<Result<std::unique_ptr<Stream>>> operator()(std::unique_ptr<Stream> carrier) const {
    return run(executor_, scheme_, server_, std::move(carrier));
  }

 private:
  using Accepted = Result<std::unique_ptr<Stream>>;

  static Awaitable<Accepted> run(asio::any_io_executor executor, std::string scheme,
                                 ServerSpec server, std::unique_ptr<Stream> carrier) {
    Accepted stream(std::move(carrier));
    if (server.keys) {
      stream = co_await tls::accept_tls13(std::move(*stream), std::move(*server.keys));
    }
    if (!stream) co_return stream;
    std::string remote = with_scheme(scheme, (*stream)->remote());
    co_return co_await accept_websocket(executor, std::move(*stream), std::move(remote),
                                        std::move(server.service));
  }

  asio::any_io_executor executor_;
  std::string scheme_;
  ServerSpec server_;
};

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  auto server = parse_server(address);
  if (!server) return std::unexpected(server.error());
  if (const auto usable = check_listener(*server); !usable) return std::unexpected(usable.error());
  auto carrier = kTcp.listen(executor, server->carrier);
  if (!carrier) return carrier;
  const std::string path = server->service.path;
  ServerHandshake handshake(executor, address.scheme, std::move(*server));
  return handshake_listener(executor, std::move(*carrier), std::move(handshake), address.scheme,
                            path);
}

}  // namespace

const Transport kWebSocket{.scheme = "ws",
                           .check = check,
                           .reachable_unencrypted = reachable_unencrypted,
                           .connector = connector,
                           .listen = listen};
const Transport kWebSocketTls{.scheme = "wss",
                              .check = check,
                              .reachable_unencrypted = reachable_unencrypted,
                              .connector = connector,
                              .listen = listen};

}  // namespace vscard::chardev::websocket
