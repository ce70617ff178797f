#include "chardev/spice/smartcard/client.hpp"

#include "async/error.hpp"
#include "async/spawn.hpp"
#include "chardev/spice/server_spec.hpp"
#include "chardev/spice/session.hpp"
#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/smartcard/smartcard_session.hpp"

#include <utility>

namespace vscard::chardev::spice::smartcard {
namespace {

using Remedy = ConnectError::Remedy;
constexpr const char* kNoCardChannel =
    "the virtual machine has no smart card channel: give QEMU -device usb-ccid -chardev "
    "spicevmc,id=card,name=smartcard -device ccid-card-passthru,chardev=card";

/// The channels as one stream.
class ClientStream final : public Stream {
 public:
  ClientStream(std::shared_ptr<SmartcardSession> session, std::string peer)
      : session_(std::move(session)), remote_(std::move(peer)) {}
  ~ClientStream() override { close(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    return session_->read(into);
  }
  Awaitable<std::error_code> write(Bytes bytes) override { return session_->write(bytes); }
  void close() final { session_->end(async::aborted()); }
  std::string remote() const override { return remote_; }

 private:
  std::shared_ptr<SmartcardSession> session_;
  std::string remote_;
};

std::unique_ptr<Stream> start(const asio::any_io_executor& executor,
                              std::unique_ptr<Connection> main, std::unique_ptr<Connection> card,
                              const Address& address) {
  auto session = std::make_shared<SmartcardSession>(std::move(main), std::move(card));
  async::spawn(executor, SmartcardSession::keep_main(session));
  async::spawn(executor, SmartcardSession::keep_card(session));
  return std::make_unique<ClientStream>(std::move(session), address.text());
}

bool reachable_unencrypted(const Address& address) {
  const auto server = parse_server(address);
  return server && !server->trust && server->carrier.scheme == kTcp.scheme &&
         kTcp.reachable_unencrypted(server->carrier);
}

std::string encrypted(const Address& address) {
  const bool file = !parse_host_port(address.location);
  return "spice+tls://" + (file ? "HOST:PORT" : address.location);
}

ConnectError advise(ConnectError error) {
  if (error.reason == Errc::NoSuchChannel) error.text = kNoCardChannel;
  return error;
}

class CardConnector final : public Connector {
 public:
  CardConnector(asio::any_io_executor executor, Address address)
      : executor_(std::move(executor)), server_(std::move(address)) {}

  Awaitable<Connected> connect() override {
    const auto server = server_.read();
    if (!server) co_return std::unexpected(ConnectError{server.error().text, Remedy::GiveUp});
    auto session = co_await begin_session(executor_, *server);
    if (!session) co_return std::unexpected(session.error());
    auto card = co_await join_session(executor_, *server, *session, kCardChannel);
    if (!card) co_return std::unexpected(advise(std::move(card.error())));
    co_return start(executor_, std::move(session->main), std::move(*card), server_.address());
  }

 private:
  asio::any_io_executor executor_;
  ServerReader server_;
};

std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address) {
  return std::make_unique<CardConnector>(std::move(executor), std::move(address));
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor /*executor*/,
                                         const Address& address) {
  return std::unexpected(address.scheme + ": connects to a SPICE server");
}

}  // namespace

const Transport kSpice{.scheme = "spice",
                       .check = check,
                       .reachable_unencrypted = reachable_unencrypted,
                       .connector = connector,
                       .listen = listen,
                       .only = Endpoint::Mode::Connect,
                       .encrypted = encrypted};
const Transport kSpiceTls{.scheme = "spice+tls",
                          .check = check,
                          .reachable_unencrypted = reachable_unencrypted,
                          .connector = connector,
                          .listen = listen,
                          .only = Endpoint::Mode::Connect};
const Transport kSpiceUnix{.scheme = "spice+unix",
                           .check = check,
                           .reachable_unencrypted = reachable_unencrypted,
                           .connector = connector,
                           .listen = listen,
                           .only = Endpoint::Mode::Connect};

}  // namespace vscard::chardev::spice::smartcard
