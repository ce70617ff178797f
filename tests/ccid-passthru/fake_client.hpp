#pragma once

#include "async/spawn.hpp"
#include "chardev/stream.hpp"
#include "protocol/vsc/decoder.hpp"
#include "tests/fakes/memory_listener.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vscard::ccid_passthru::test {

/// A VSC client in memory, which sends what a test says.
class FakeClient {
 public:
  /// Comes to fakes::MemoryListener::current.
  explicit FakeClient(const asio::any_io_executor& executor) {
    auto [host, client] = fakes::make_pipe();
    stream_ = std::move(client);
    fakes::MemoryListener::current->bring(std::move(host));
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
      auto message = decoder.next();
      for (; message && *message; message = decoder.next()) {
        seen->messages.push_back(protocol::vsc::test::text_of(**message));
      }
      EXPECT_TRUE(message) << "the host sends what is no VSC";
    }
    seen->cut = true;
  }

  std::shared_ptr<chardev::Stream> stream_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

}  // namespace vscard::ccid_passthru::test
