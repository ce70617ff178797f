#include "chardev/spice/client.hpp"

#include "chardev/spice/handshake.hpp"
#include "chardev/spice/server.hpp"
#include "chardev/spice/session.hpp"
#include "chardev/spice/tls_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>

#include <exception>
#include <utility>

namespace vscard::chardev::spice {
namespace {

using Remedy = ConnectError::Remedy;
template <class T>
using Result = std::expected<T, ConnectError>;

/// The channels as one stream.
class ClientStream final : public Stream {
 public:
  ClientStream(std::shared_ptr<Session> session, std::string peer)
      : session_(std::move(session)), peer_(std::move(peer)) {}
  ~ClientStream() override { close(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    return session_->read(into);
  }
  Awaitable<std::error_code> write(Bytes bytes) override { return session_->write(bytes); }
  void close() final {
    const boost::system::error_code aborted = asio::error::operation_aborted;
    session_->end(aborted);
  }
  std::string peer() const override { return peer_; }

 private:
  std::shared_ptr<Session> session_;
  std::string peer_;
};

/// Would it be the same the next time?
bool is_final(const std::error_code& error) {
  return error.category() == error_category() && error != Errc::SessionGone &&
         error != Errc::HungUp && error != Errc::Closed && error != Errc::Disconnected &&
         error != Errc::Migrated;
}

std::unexpected<ConnectError> failure(const std::error_code& error) {
  return std::unexpected(
      ConnectError{error.message(), is_final(error) ? Remedy::GiveUp : Remedy::TryAgain});
}

Awaitable<std::error_code> read_exactly(Stream& stream, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const auto size = co_await stream.read(into);
    if (!size) {
      co_return closed_by_peer(size.error()) ? make_error_code(Errc::HungUp) : size.error();
    }
    into = into.subspan(*size);
  }
  co_return std::error_code();
}

Awaitable<std::error_code> shake_hands(Stream& stream, Handshake& handshake) {
  auto to_write = handshake.start();
  while (true) {
    if (!to_write.empty()) {
      if (const auto error = co_await stream.write(to_write)) co_return error;
    }
    if (handshake.wants() == 0) co_return std::error_code();
    std::vector<std::uint8_t> bytes(handshake.wants());
    if (const auto error = co_await read_exactly(stream, bytes)) co_return error;
    auto received = handshake.receive(bytes);
    if (!received) co_return make_error_code(received.error());
    to_write = std::move(*received);
  }
}

Awaitable<Connected> dial(asio::any_io_executor executor, const Server& server) {
  const Transport& carrier = server.carrier.scheme == kUnix.scheme ? kUnix : kTcp;
  auto stream = co_await carrier.connect(executor, server.carrier);
  if (stream && server.tunnel) {
    const auto opened = co_await open_tunnel(**stream, *server.tunnel);
    if (!opened) co_return std::unexpected(opened.error());
  }
  if (!stream || !server.trust) co_return stream;
  co_return co_await connect_tls(executor, std::move(*stream), *server.trust);
}

/// `hung_up`: what it means that the server closes without an answer.
Awaitable<Result<std::unique_ptr<Connection>>> link(asio::any_io_executor executor,
                                                    const Server& server, ChannelType type,
                                                    SessionId session, Errc hung_up) {
  auto stream = co_await dial(executor, server);
  if (!stream) co_return std::unexpected(stream.error());
  Handshake handshake(type, session, server.password);
  const std::error_code error = co_await shake_hands(**stream, handshake);
  if (error == Errc::HungUp) co_return failure(hung_up);
  if (error) co_return failure(error);
  co_return std::make_unique<Connection>(executor, type, std::move(*stream));
}

Awaitable<Result<Message>> await_message(Connection& main, ServerMessage type) {
  while (true) {
    auto message = co_await main.receive();
    if (!message) co_return failure(message.error());
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
  if (const auto error = co_await main.send(question)) co_return failure(error);
  const auto list = co_await await_message(main, ServerMessage::MainChannelsList);
  if (!list) co_return std::unexpected(list.error());
  const auto lists_card = lists_smart_card(*list);
  if (!lists_card) co_return failure(lists_card.error());
  co_return Beginning{session_of(*init), *lists_card};
}

std::unique_ptr<Stream> start(const asio::any_io_executor& executor,
                              std::unique_ptr<Connection> main, std::unique_ptr<Connection> card,
                              const Address& address) {
  auto session = std::make_shared<Session>(executor, std::move(main), std::move(card));
  const auto report = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  asio::co_spawn(executor, Session::keep_main(session), report);
  asio::co_spawn(executor, Session::keep_card(session), report);
  return std::make_unique<ClientStream>(std::move(session), address.text());
}

bool exposed(const Address& address) {
  const auto server = find_server(address);
  return server && !server->trust && server->carrier.scheme == kTcp.scheme &&
         kTcp.exposed(server->carrier);
}

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  const auto server = read_server(address);
  if (!server) co_return std::unexpected(ConnectError{server.error(), Remedy::GiveUp});
  auto main = co_await link(executor, *server, ChannelType::Main, kNewSession, Errc::HungUp);
  if (!main) co_return std::unexpected(main.error());
  const auto beginning = co_await begin(**main);
  if (!beginning) co_return std::unexpected(beginning.error());
  // libspice-server has no other answer where there is no such channel.
  const Errc hung_up = beginning->lists_card ? Errc::HungUp : Errc::NoCardChannel;
  auto card = co_await link(executor, *server, ChannelType::SmartCard, beginning->session, hung_up);
  if (!card) co_return std::unexpected(card.error());
  co_return start(executor, std::move(*main), std::move(*card), address);
}

std::expected<std::unique_ptr<Listener>, std::string> listen(asio::any_io_executor /*executor*/,
                                                             const Address& address) {
  return std::unexpected(address.scheme +
                         ": connects to a SPICE server; to be one, listen on spicevmc://");
}

}  // namespace

const Transport kSpice{
    .scheme = "spice", .check = check, .exposed = exposed, .connect = connect, .listen = listen};
const Transport kSpiceTls{.scheme = "spice+tls",
                          .check = check,
                          .exposed = exposed,
                          .connect = connect,
                          .listen = listen};
const Transport kSpiceUnix{.scheme = "spice+unix",
                           .check = check,
                           .exposed = exposed,
                           .connect = connect,
                           .listen = listen};

}  // namespace vscard::chardev::spice
