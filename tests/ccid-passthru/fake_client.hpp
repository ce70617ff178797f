#pragma once

#include "async/error.hpp"
#include "async/event.hpp"
#include "async/spawn.hpp"
#include "chardev/transport.hpp"
#include "protocol/vsc/decoder.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vscard::ccid_passthru::test {

/// Where clients in memory come when a test wants it. One at a time is open.
class FakeListener final : public chardev::Listener {
 public:
  static inline FakeListener* current = nullptr;
  FakeListener() { current = this; }
  ~FakeListener() override { current = nullptr; }

  void bring(std::unique_ptr<chardev::Stream> stream) {
    streams_.push_back(std::move(stream));
    changed_.notify();
  }

  Awaitable<std::expected<std::unique_ptr<chardev::Stream>, std::error_code>> accept() override {
    while (streams_.empty() && !closed_) co_await changed_.wait();
    if (closed_) co_return std::unexpected(async::aborted());
    auto stream = std::move(streams_.front());
    streams_.pop_front();
    co_return stream;
  }
  void close() override {
    closed_ = true;
    changed_.notify();
  }
  std::string address() const override { return "fake:vsc"; }

 private:
  std::deque<std::unique_ptr<chardev::Stream>> streams_;
  bool closed_ = false;
  async::Event changed_;
};

inline Result<std::unique_ptr<chardev::Listener>> listen(asio::any_io_executor /*executor*/,
                                                         const chardev::Address& /*address*/) {
  return std::make_unique<FakeListener>();
}

/// Its streams are those that FakeListener is brought.
inline const chardev::Transport kFakeTransport{
    .scheme = "fake",
    .check = nullptr,
    .reachable_unencrypted = [](const chardev::Address&) { return false; },
    .connector = nullptr,
    .listen = listen};

/// A VSC client in memory, which sends what a test says.
class FakeClient {
 public:
  /// Comes to FakeListener::current.
  explicit FakeClient(const asio::any_io_executor& executor) {
    auto [host, client] = fakes::make_pipe();
    stream_ = std::move(client);
    FakeListener::current->bring(std::move(host));
    async::spawn(executor, receive(stream_, seen_));
  }

  void send(const protocol::vsc::Message& message) {
    const auto bytes = protocol::vsc::encode(message);
    stream_->write_now(bytes.view());
  }
  void hang_up() { stream_->close(); }
  /// What the host has sent since the last call, as text.
  std::vector<std::string> received() { return std::exchange(seen_->messages, {}); }
  /// Has the host closed the stream?
  bool cut() const { return seen_->cut; }

 private:
  struct Seen {
    std::vector<std::string> messages;
    bool cut = false;
  };

  static Awaitable<void> receive(std::shared_ptr<chardev::Stream> stream,
                                 std::shared_ptr<Seen> seen) {
    protocol::vsc::Decoder decoder;
    std::array<std::uint8_t, 4096> buffer{};
    while (const auto size = co_await stream->read(buffer)) {
      decoder.feed(protocol::Bytes(buffer).first(*size));
      for (auto message = decoder.next(); message && *message; message = decoder.next()) {
        seen->messages.push_back(protocol::vsc::test::text_of(**message));
      }
    }
    seen->cut = true;
  }

  std::shared_ptr<chardev::Stream> stream_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

}  // namespace vscard::ccid_passthru::test
