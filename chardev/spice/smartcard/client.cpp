#include "chardev/spice/smartcard/client.hpp"

#include "async/error.hpp"
#include "async/spawn.hpp"
#include "chardev/spice/link.hpp"
#include "chardev/spice/server_spec.hpp"
#include "chardev/spice/smartcard/smartcard_session.hpp"

#include <utility>

namespace vscard::chardev::spice::smartcard {
namespace {

using Remedy = ConnectError::Remedy;
template <class T>
using Result = std::expected<T, ConnectError>;

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

Awaitable<Result<Message>> await_message(Connection& main, ServerMessage type) {
  while (true) {
    auto message = co_await main.receive();
    if (!message) co_return std::unexpected(failure(message.error()));
    if (message->type == type) co_return std::move(*message);
  }
}

struct Beginning {
  SessionId session{};
  bool lists_card = false;
};

/// What is said first on a main channel.
Awaitable<Result<Beginning>> begin(Connection& main) {
  const auto init = co_await await_message(main, ServerMessage::MainInit);
  if (!init) co_return std::unexpected(init.error());
  const auto question = encode_attach_channels();
  if (const auto error = co_await main.send(question)) co_return std::unexpected(failure(error));
  const auto list = co_await await_message(main, ServerMessage::MainChannelsList);
  if (!list) co_return std::unexpected(list.error());
  const auto lists_card = lists_smart_card(*list);
  if (!lists_card) co_return std::unexpected(failure(lists_card.error()));
  co_return Beginning{session_of(*init), *lists_card};
}

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

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  const auto server = read_server(address);
  if (!server) co_return std::unexpected(ConnectError{server.error().text, Remedy::GiveUp});
  auto main =
      co_await link_channel(executor, *server, ChannelType::Main, kNewSession, Errc::HungUp);
  if (!main) co_return std::unexpected(main.error());
  const auto beginning = co_await begin(**main);
  if (!beginning) co_return std::unexpected(beginning.error());
  // libspice-server has no other answer where there is no such channel.
  const Errc hung_up = beginning->lists_card ? Errc::HungUp : Errc::NoCardChannel;
  auto card =
      co_await link_channel(executor, *server, ChannelType::SmartCard, beginning->session, hung_up);
  if (!card) co_return std::unexpected(card.error());
  co_return start(executor, std::move(*main), std::move(*card), address);
}

vscard::Result<std::unique_ptr<Listener>> listen(asio::any_io_executor /*executor*/,
                                                 const Address& address) {
  return std::unexpected(address.scheme +
                         ": connects to a SPICE server; to be one, listen on spicevmc://");
}

}  // namespace

const Transport kSpice{.scheme = "spice",
                       .check = check,
                       .reachable_unencrypted = reachable_unencrypted,
                       .connect = connect,
                       .listen = listen};
const Transport kSpiceTls{.scheme = "spice+tls",
                          .check = check,
                          .reachable_unencrypted = reachable_unencrypted,
                          .connect = connect,
                          .listen = listen};
const Transport kSpiceUnix{.scheme = "spice+unix",
                           .check = check,
                           .reachable_unencrypted = reachable_unencrypted,
                           .connect = connect,
                           .listen = listen};

}  // namespace vscard::chardev::spice::smartcard
