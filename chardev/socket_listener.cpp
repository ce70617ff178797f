#include "chardev/socket_listener.hpp"

#include "chardev/acceptor.hpp"
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

class LocalListener final : public SocketListener {
 public:
  LocalListener(const asio::any_io_executor& executor, Descriptor listening, std::string address)
      : acceptor_(executor, std::move(listening)), address_(std::move(address)) {}

  Awaitable<std::expected<Accepted, std::error_code>> accept() override {
    auto socket = co_await acceptor_.accept();
    if (!socket) co_return std::unexpected(socket.error());
    co_return Accepted{std::move(*socket), address_};
  }
  void close() override { acceptor_.close(); }
  std::string address() const override { return address_; }

 private:
  Acceptor acceptor_;
  std::string address_;
};

}  // namespace

std::unique_ptr<SocketListener> local_listener(const asio::any_io_executor& executor,
                                               Descriptor listening, std::string address) {
  return std::make_unique<LocalListener>(executor, std::move(listening), std::move(address));
}

std::unique_ptr<Listener> stream_listener(asio::any_io_executor executor,
                                          std::unique_ptr<SocketListener> sockets) {
  return std::make_unique<StreamListener>(std::move(executor), std::move(sockets));
}

}  // namespace vscard::chardev
