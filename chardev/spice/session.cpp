#include "chardev/spice/session.hpp"

#include "chardev/spice/main_channel.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::spice {
namespace {

Awaitable<std::expected<Message, ConnectError>> await_message(Connection& main,
                                                              ServerMessage type) {
  while (true) {
    auto message = co_await main.receive();
    if (!message) co_return std::unexpected(failure(message.error()));
    if (message->type == type) co_return std::move(*message);
  }
}

}  // namespace

Awaitable<std::expected<Session, ConnectError>> begin_session(asio::any_io_executor executor,
                                                              const ServerSpec& server) {
  auto main = co_await link_channel(executor, server, kMainChannel, kNewSession, Errc::HungUp);
  if (!main) co_return std::unexpected(main.error());
  const auto init = co_await await_message(**main, kMainInit);
  if (!init) co_return std::unexpected(init.error());
  const auto question = encode_attach_channels();
  if (const auto error = co_await (*main)->send(question.view())) {
    co_return std::unexpected(failure(error));
  }
  const auto list = co_await await_message(**main, kMainChannelsList);
  if (!list) co_return std::unexpected(list.error());
  auto channels = decode_channels(*list);
  if (!channels) co_return std::unexpected(failure(channels.error()));
  Session session{std::move(*main), session_of(*init), std::move(*channels)};
  co_return session;
}

Awaitable<std::expected<std::unique_ptr<Connection>, ConnectError>> join_session(
    asio::any_io_executor executor, const ServerSpec& server, const Session& session,
    const ChannelKind& kind) {
  // libspice-server has no other answer where there is no such channel.
  const bool listed = std::ranges::find(session.channels, kind.type) != session.channels.end();
  const Errc hung_up = listed ? Errc::HungUp : Errc::NoSuchChannel;
  co_return co_await link_channel(executor, server, kind, session.id, hung_up);
}

}  // namespace vscard::chardev::spice
