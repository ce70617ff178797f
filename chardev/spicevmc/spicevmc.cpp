#include "chardev/spicevmc/spicevmc.hpp"

#include "chardev/socket_listener.hpp"
#include "chardev/spicevmc/options.hpp"
#include "chardev/spicevmc/server.hpp"

#include <memory>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

class CardStream final : public Stream {
 public:
  CardStream(std::shared_ptr<Server> server, std::shared_ptr<CardChannel> session)
      : server_(std::move(server)), session_(std::move(session)) {}
  CardStream(const CardStream&) = delete;
  CardStream& operator=(const CardStream&) = delete;
  ~CardStream() override {
    close_now();
    server_->left();
  }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    return session_->read(into);
  }
  Awaitable<std::error_code> write(protocol::Bytes bytes) override {
    return session_->write(bytes);
  }
  std::size_t write_now(protocol::Bytes bytes) override { return session_->write_now(bytes); }
  void close() override { close_now(); }
  std::string remote() const override { return session_->remote(); }

 private:
  /// A client that has gone may have a successor already, which is left alone.
  void close_now() {
    if (session_->ended()) return;
    session_->close();
    server_->drop_client();
  }

  std::shared_ptr<Server> server_;
  std::shared_ptr<CardChannel> session_;
};

class CardListener final : public Listener {
 public:
  CardListener(std::shared_ptr<Server> server, const Address& address)
      : server_(std::move(server)), scheme_(address.scheme) {}
  CardListener(const CardListener&) = delete;
  CardListener& operator=(const CardListener&) = delete;
  ~CardListener() override { server_->close(); }

  Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() override {
    auto session = co_await server_->accept();
    if (!session) co_return std::unexpected(session.error());
    co_return std::make_unique<CardStream>(server_, std::move(*session));
  }
  void close() override { server_->close(); }
  std::string address() const override {
    const std::string socket = server_->address();
    return scheme_ + socket.substr(socket.find(':'));
  }

 private:
  std::shared_ptr<Server> server_;
  std::string scheme_;
};

const Transport& socket_transport(const Options& options) {
  return options.socket.scheme == kUnix.scheme ? kUnix : kTcp;
}

Result<> check(const Address& address) {
  const auto options = parse_options(address);
  if (!options) return std::unexpected(options.error());
  return socket_transport(*options).check(options->socket);
}

/// With TLS, but without a password, nobody reads along and everybody can connect.
bool reachable_unencrypted(const Address& address) {
  const auto options = parse_options(address);
  if (!options) return true;
  return socket_transport(*options).reachable_unencrypted(options->socket) &&
         !(options->tls && options->password);
}

Awaitable<Connected> connect(asio::any_io_executor /*executor*/, Address address) {
  co_return std::unexpected(
      ConnectError{address.scheme + " can only be listened on: listen:" + address.text(),
                   ConnectError::Remedy::GiveUp});
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  static bool used = false;  // the library can do this once per process
  if (used) return std::unexpected(kOneSpicevmc);
  const auto options = parse_options(address);
  if (!options) return std::unexpected(options.error());
  const bool is_unix = options->socket.scheme == kUnix.scheme;
  auto sockets = is_unix ? listen_on_unix(executor, options->socket)
                         : listen_on_tcp(executor, options->socket);
  if (!sockets) return std::unexpected(sockets.error());
  auto server = Server::start(executor, *options, std::move(*sockets));
  if (!server) return std::unexpected(server.error());
  used = true;
  return std::make_unique<CardListener>(std::move(*server), address);
}

}  // namespace

const Transport kSpicevmc{.scheme = "spicevmc",
                          .check = check,
                          .reachable_unencrypted = reachable_unencrypted,
                          .connector = plain_connector<connect>,
                          .listen = listen,
                          .only = Endpoint::Mode::Listen,
                          .encrypted = [](const Address& address) {
                            return address.text() + " with cert=, key= and password-file=";
                          }};
const Transport kSpicevmcUnix{.scheme = "spicevmc+unix",
                              .check = check,
                              .reachable_unencrypted = reachable_unencrypted,
                              .connector = plain_connector<connect>,
                              .listen = listen,
                              .only = Endpoint::Mode::Listen};

bool is_spicevmc(const Address& address) {
  return address.scheme == kSpicevmc.scheme || address.scheme == kSpicevmcUnix.scheme;
}

}  // namespace vscard::chardev::spicevmc
