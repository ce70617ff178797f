#include "chardev/websocket/party.hpp"

#include <utility>

namespace vscard::chardev::websocket {

Awaitable<Connected> connect_websocket(asio::any_io_executor executor,
                                       std::unique_ptr<Stream> carrier, std::string remote,
                                       Question question) {
  auto stream = std::make_unique<WebSocketStream>(executor, std::move(carrier), std::move(remote));
  const auto agreed = co_await stream->ask(std::move(question));
  if (!agreed) co_return std::unexpected(agreed.error());
  co_return std::move(stream);
}

Awaitable<Result<std::unique_ptr<Stream>>> accept_websocket(asio::any_io_executor executor,
                                                            std::unique_ptr<Stream> carrier,
                                                            std::string remote, Service service) {
  auto stream = std::make_unique<WebSocketStream>(executor, std::move(carrier), std::move(remote));
  const auto granted = co_await stream->accept(std::move(service));
  if (!granted) co_return std::unexpected(granted.error());
  co_return std::move(stream);
}

}  // namespace vscard::chardev::websocket
