#include "chardev/vnc/viewers.hpp"

#include "async/first_of.hpp"
#include "async/spawn.hpp"
#include "protocol/secret.hpp"

#include <utility>

namespace vscard::chardev::vnc {
namespace {

constexpr std::size_t kMaxViewers = 64;
constexpr std::size_t kReadSize = 65536;  ///< bytes

Awaitable<void> pump(Stream& from, Stream& to) {
  auto buffer = protocol::SecretBytes::zeros(kReadSize);  // what is typed passes here
  while (true) {
    const auto size = co_await from.read(buffer.data());
    if (!size) co_return;
    if (co_await to.write(buffer.view().first(*size))) co_return;
  }
}

}  // namespace

bool Viewers::serve(const asio::any_io_executor& executor, const std::shared_ptr<Viewers>& viewers,
                    std::unique_ptr<Stream> client, std::unique_ptr<Stream> server) {
  if (viewers->ended_ || viewers->served_.size() >= kMaxViewers) return false;
  const auto self = viewers->served_.emplace(viewers->served_.end());
  async::spawn(executor, pass(viewers, self, std::move(client), std::move(server)));
  return true;
}

void Viewers::end() {
  ended_ = true;
  for (auto& viewer : served_) viewer.notify();
}

Awaitable<void> Viewers::pass(std::shared_ptr<Viewers> viewers, Entry self,
                              std::unique_ptr<Stream> client, std::unique_ptr<Stream> server) {
  auto up = pump(*client, *server);
  auto down = pump(*server, *client);
  auto ended = self->wait();
  co_await async::first_of(std::move(up), std::move(down), std::move(ended));
  viewers->served_.erase(self);
}

}  // namespace vscard::chardev::vnc
