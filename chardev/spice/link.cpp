#include "chardev/spice/link.hpp"

#include "chardev/http_tunnel.hpp"
#include "chardev/spice/handshake.hpp"
#include "chardev/tls/client.hpp"
#include "chardev/tls/errc.hpp"

#include <utility>
#include <vector>

namespace vscard::chardev::spice {
namespace {

/// Would it be the same the next time?
bool is_final(const std::error_code& error) {
  if (error == tls::Errc::BrokenOff || error.category() == tls::alert_category()) return true;
  return error.category() == error_category() && error != Errc::SessionGone &&
         error != Errc::HungUp && error != Errc::Closed && error != Errc::Disconnected &&
         error != Errc::Migrated && error != Errc::Taken;
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

/// SPICE knows which port to use instead.
ConnectError advise(ConnectError error) {
  if (error.reason == tls::Errc::SpeaksPlain) return failure(Errc::SpeaksPlain);
  if (closed_by_remote(error.reason)) return failure(Errc::HungUp);
  return error;
}

Awaitable<Connected> dial(asio::any_io_executor executor, const ServerSpec& server) {
  const Transport& carrier = server.carrier.scheme == kUnix.scheme ? kUnix : kTcp;
  auto stream = co_await connect_once(carrier, executor, server.carrier);
  if (stream && server.tunnel) {
    const auto opened = co_await open_tunnel(**stream, *server.tunnel);
    if (!opened) co_return std::unexpected(opened.error());
  }
  if (!stream || !server.trust) co_return stream;
  auto secured = co_await tls::connect_tls(std::move(*stream), *server.trust);
  if (!secured) co_return std::unexpected(advise(std::move(secured.error())));
  co_return secured;
}

}  // namespace

ConnectError failure(const std::error_code& error) {
  return {.text = error.message(),
          .remedy = is_final(error) ? ConnectError::Remedy::GiveUp : ConnectError::Remedy::TryAgain,
          .reason = error};
}

Awaitable<std::expected<std::unique_ptr<Connection>, ConnectError>> link_channel(
    asio::any_io_executor executor, const ServerSpec& server, const ChannelKind& kind,
    ChannelNumber number, SessionId session) {
  auto stream = co_await dial(executor, server);
  if (!stream) co_return std::unexpected(stream.error());
  Handshake handshake({kind.type, number}, session, server.password);
  const std::error_code error = co_await shake_hands(**stream, handshake);
  if (closed_by_remote(error)) co_return std::unexpected(failure(Errc::HungUp));
  if (error) co_return std::unexpected(failure(error));
  co_return std::make_unique<Connection>(kind, std::move(*stream));
}

}  // namespace vscard::chardev::spice
