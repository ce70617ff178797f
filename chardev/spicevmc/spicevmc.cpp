#include "chardev/spicevmc/spicevmc.hpp"

#include "chardev/handshake_listener.hpp"
#include "chardev/spicevmc/options.hpp"
#include "chardev/spicevmc/server.hpp"
#include "chardev/tls/party.hpp"

#include <memory>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

class ReaderStream final : public Stream {
 public:
  ReaderStream(std::shared_ptr<Server> server, std::shared_ptr<ClientChannel> channel)
      : server_(std::move(server)), channel_(std::move(channel)) {}
  ReaderStream(const ReaderStream&) = delete;
  ReaderStream& operator=(const ReaderStream&) = delete;
  ~ReaderStream() override {
    close_now();
    server_->left(*channel_);
  }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    return channel_->read(into);
  }
  Awaitable<std::error_code> write(protocol::Bytes bytes) override {
    return channel_->write(bytes);
  }
  std::size_t write_now(protocol::Bytes bytes) override { return channel_->write_now(bytes); }
  void close() override { close_now(); }
  std::string remote() const override { return channel_->peer().remote; }

 private:
  /// A client that has gone may have a successor already, which is left alone.
  void close_now() {
    if (channel_->ended()) return;
    channel_->close();
    server_->drop(*channel_);
  }

  std::shared_ptr<Server> server_;
  std::shared_ptr<ClientChannel> channel_;
};

class ReaderListener final : public Listener {
 public:
  ReaderListener(std::shared_ptr<Server> server, const Address& address)
      : server_(std::move(server)), scheme_(address.scheme) {}
  ReaderListener(const ReaderListener&) = delete;
  ReaderListener& operator=(const ReaderListener&) = delete;
  ~ReaderListener() override { server_->close(); }

  Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() override {
    auto channel = co_await server_->accept();
    if (!channel) co_return std::unexpected(std::move(channel.error()));
    co_return std::make_unique<ReaderStream>(server_, std::move(*channel));
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

/// Of SPICE's clients, whose TLS has begun if there is any.
Result<std::unique_ptr<Listener>> listen_for_clients(const asio::any_io_executor& executor,
                                                     const Options& options) {
  if (!options.tls) return socket_transport(options).listen(executor, options.socket);
  tls::Keys keys;
  keys.cert = options.tls->certificate;
  keys.key = options.tls->key;
  if (const auto usable = tls::check_server_files(keys); !usable) {
    return std::unexpected(usable.error());
  }
  auto carrier = socket_transport(options).listen(executor, options.socket);
  if (!carrier) return carrier;
  const auto handshake = [keys](std::unique_ptr<Stream> stream) {
    return tls::accept_tls13(std::move(stream), keys);
  };
  return handshake_listener(executor, std::move(*carrier), handshake, options.socket.scheme);
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  static bool used = false;  // the library can do this once per process
  if (used) return std::unexpected(kOneSpicevmc);
  const auto options = parse_options(address);
  if (!options) return std::unexpected(options.error());
  auto clients = listen_for_clients(executor, *options);
  if (!clients) return clients;
  auto server = Server::start(executor, *options, std::move(*clients));
  if (!server) return std::unexpected(server.error());
  used = true;
  return std::make_unique<ReaderListener>(std::move(*server), address);
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
