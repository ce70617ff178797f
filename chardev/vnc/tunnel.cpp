#include "chardev/vnc/tunnel.hpp"

#include "chardev/handshake_listener.hpp"
#include "chardev/vnc/channel_stream.hpp"
#include "chardev/vnc/login_watch.hpp"
#include "chardev/vnc/vencrypt.hpp"
#include "chardev/vnc/viewers.hpp"

#include <chrono>
#include <utility>

namespace vscard::chardev::vnc {
namespace {

using Side = LoginWatch::Side;
using Accepted = Result<std::unique_ptr<Stream>>;

/// Until somebody has typed a password, as sshd has it.
constexpr std::chrono::seconds kLoginTimeout{120};

/// False: one side has closed.
Awaitable<bool> follow(LoginWatch& watch, Stream& client, Stream& server) {
  while (const auto piece = watch.next()) {
    const bool from_server = piece->from == Side::Server;
    Stream& from = from_server ? server : client;
    Stream& to = from_server ? client : server;
    auto bytes = protocol::SecretBytes::zeros(piece->size);
    if (co_await read_exactly(from, bytes.data())) co_return false;
    if (co_await to.write(bytes.view())) co_return false;
    watch.passed(bytes.view());
  }
  co_return true;
}

Awaitable<Accepted> offer(std::unique_ptr<Stream> client) {
  const auto message = encode_offer();
  if (co_await client->write(message)) co_return std::unexpected("");
  std::string remote = with_scheme("vnc", client->remote());
  co_return std::make_unique<ChannelStream>(std::move(client), std::move(remote));
}

/// What each connection goes through until it is known who the client is.
class Entrance {
 public:
  Entrance(asio::any_io_executor executor, Address server, std::optional<tls::Keys> keys,
           std::shared_ptr<Viewers> viewers)
      : executor_(std::move(executor)),
        server_(std::move(server)),
        keys_(std::move(keys)),
        viewers_(std::move(viewers)) {}

  Awaitable<Accepted> operator()(std::unique_ptr<Stream> client) const {
    return run(*this, std::move(client));
  }

 private:
  static Awaitable<Accepted> run(Entrance self, std::unique_ptr<Stream> client) {
    const Transport& carrier = self.server_.scheme == kUnix.scheme ? kUnix : kTcp;
    auto server = co_await connect_once(carrier, self.executor_, self.server_);
    if (!server) {
      co_return std::unexpected("the VNC server behind it, " + self.server_.text() + ": " +
                                server.error().text);
    }
    LoginWatch watch;
    if (self.keys_) {
      auto encrypted =
          co_await begin_encryption(std::move(client), std::move(*server), *self.keys_);
      if (!encrypted) co_return std::unexpected(encrypted.error());
      client = std::move(encrypted->client);
      *server = std::move(encrypted->server);
      watch = LoginWatch(encrypted->login);
    }
    if (!co_await follow(watch, *client, **server)) co_return std::unexpected("");
    if (watch.announced()) co_return co_await offer(std::move(client));
    if (!Viewers::serve(self.executor_, self.viewers_, std::move(client), std::move(*server))) {
      co_return std::unexpected("too many VNC viewers are connected");
    }
    co_return std::unexpected("");
  }

  asio::any_io_executor executor_;
  Address server_;
  std::optional<tls::Keys> keys_;     ///< of TLS with the clients
  std::shared_ptr<Viewers> viewers_;  ///< shared with its own coroutines
};

class TunnelListener final : public Listener {
 public:
  TunnelListener(std::unique_ptr<Listener> logins, std::shared_ptr<Viewers> viewers)
      : logins_(std::move(logins)), viewers_(std::move(viewers)) {}
  TunnelListener(const TunnelListener&) = delete;
  TunnelListener& operator=(const TunnelListener&) = delete;
  ~TunnelListener() override { viewers_->end(); }

  Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() override {
    return logins_->accept();
  }
  void close() override {
    logins_->close();
    viewers_->end();
  }
  std::string address() const override { return logins_->address(); }

 private:
  std::unique_ptr<Listener> logins_;
  std::shared_ptr<Viewers> viewers_;
};

}  // namespace

std::unique_ptr<Listener> tunnel_listener(const asio::any_io_executor& executor,
                                          std::unique_ptr<Listener> carrier, Address server,
                                          std::optional<tls::Keys> keys) {
  auto viewers = std::make_shared<Viewers>();
  Entrance entrance(executor, std::move(server), std::move(keys), viewers);
  auto logins = handshake_listener(executor, std::move(carrier), std::move(entrance), "vnc", "",
                                   kLoginTimeout);
  return std::make_unique<TunnelListener>(std::move(logins), std::move(viewers));
}

}  // namespace vscard::chardev::vnc
