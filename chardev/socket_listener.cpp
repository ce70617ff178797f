#include "chardev/socket_listener.hpp"

#include "chardev/socket_stream.hpp"

#include <utility>

namespace vscard::chardev {
namespace {

class StreamListener final : public Listener {
 public:
  StreamListener(asio::any_io_executor executor, std::unique_ptr<SocketListener> sockets)
      : executor_(std::move(executor)), sockets_(std::move(sockets)) {}

  Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() override {
    auto accepted = co_await sockets_->accept();
    if (!accepted) co_return std::unexpected(accepted.error());
    co_return std::make_unique<SocketStream>(executor_, std::move(accepted->socket),
                                             std::move(accepted->remote));
  }
  void close() override { sockets_->close(); }
  std::string address() const override { return sockets_->address(); }

 private:
  asio::any_io_executor executor_;
  std::unique_ptr<SocketListener> sockets_;
};

}  // namespace

std::unique_ptr<Listener> stream_listener(asio::any_io_executor executor,
                                          std::unique_ptr<SocketListener> sockets) {
  return std::make_unique<StreamListener>(std::move(executor), std::move(sockets));
}

}  // namespace vscard::chardev
