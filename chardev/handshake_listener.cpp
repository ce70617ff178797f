#include "chardev/handshake_listener.hpp"

#include "async/error.hpp"
#include "async/event.hpp"
#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"

#include <chrono>
#include <deque>
#include <list>
#include <utility>

namespace vscard::chardev {
namespace {

/// Handshakes at a time; and results that nobody has taken yet.
constexpr std::size_t kMaxHandshakes = 32;
/// What is lacking then, descriptors or memory, another connection may give back at any time.
constexpr std::chrono::milliseconds kPauseAfterAcceptFailed{100};

using Accepted = std::expected<std::unique_ptr<Stream>, AcceptError>;

/// Shared by the listener and its coroutines, which may outlive it.
struct State {
  std::unique_ptr<Listener> carrier;
  Handshake handshake;
  std::string scheme;
  std::string path;
  protocol::Duration limit;
  std::list<async::Event> pending = {};  ///< an entry for each handshake; notified, it ends
  std::deque<Accepted> done = {};
  async::Event filled = {};
  bool closed = false;
};

void add_result(State& state, Accepted accepted) {
  if (state.closed || state.done.size() >= kMaxHandshakes) return;
  state.done.push_back(std::move(accepted));
  state.filled.notify();
}

Awaitable<void> shake_hands(std::shared_ptr<State> state, std::unique_ptr<Stream> stream) {
  const std::string remote = with_scheme(state->scheme, stream->remote());
  const auto self = state->pending.emplace(state->pending.end());
  auto handshake = state->handshake(std::move(stream));
  auto limit = self->wait_for(state->limit);
  auto result = co_await async::cut_short(std::move(handshake), std::move(limit));
  state->pending.erase(self);
  if (!result) {
    add_result(*state, std::unexpected(AcceptError(remote, "it did not end its handshake")));
  } else if (!*result) {
    if (result->error().text.empty()) co_return;
    add_result(*state, std::unexpected(AcceptError(remote, std::move(result->error().text))));
  } else {
    add_result(*state, std::move(**result));
  }
}

Awaitable<void> take_connections(std::shared_ptr<State> state) {
  const auto executor = co_await asio::this_coro::executor;
  while (!state->closed) {
    auto accepted = co_await state->carrier->accept();
    if (state->closed) co_return;
    if (accepted) {
      if (state->pending.size() >= kMaxHandshakes) state->pending.front().notify();
      async::spawn(executor, shake_hands(state, std::move(*accepted)));
    } else {
      add_result(*state, std::unexpected(std::move(accepted.error())));
      co_await async::sleep(kPauseAfterAcceptFailed);
    }
  }
}

class HandshakeListener final : public Listener {
 public:
  explicit HandshakeListener(std::shared_ptr<State> state) : state_(std::move(state)) {}
  HandshakeListener(const HandshakeListener&) = delete;
  HandshakeListener& operator=(const HandshakeListener&) = delete;
  ~HandshakeListener() override { close_now(); }

  Awaitable<Accepted> accept() override {
    const auto state = state_;
    while (state->done.empty() && !state->closed) co_await state->filled.wait();
    if (state->closed) co_return std::unexpected(async::aborted());
    auto accepted = std::move(state->done.front());
    state->done.pop_front();
    co_return accepted;
  }
  void close() override { close_now(); }
  std::string address() const override {
    return with_scheme(state_->scheme, state_->carrier->address()) + state_->path;
  }
  Lending* lending() override { return state_->carrier->lending(); }

 private:
  void close_now() {
    state_->closed = true;
    state_->carrier->close();
    for (auto& pending : state_->pending) pending.notify();
    state_->done.clear();
    state_->filled.notify();
  }

  std::shared_ptr<State> state_;
};

}  // namespace

std::unique_ptr<Listener> handshake_listener(const asio::any_io_executor& executor,
                                             std::unique_ptr<Listener> carrier, Handshake handshake,
                                             std::string scheme, std::string path,
                                             protocol::Duration limit) {
  auto state = std::make_shared<State>(std::move(carrier), std::move(handshake), std::move(scheme),
                                       std::move(path), limit);
  async::spawn(executor, take_connections(state));
  return std::make_unique<HandshakeListener>(std::move(state));
}

std::string with_scheme(const std::string& scheme, const std::string& address) {
  return scheme + address.substr(std::min(address.find(':'), address.size()));
}

}  // namespace vscard::chardev
