#pragma once

#include "async/error.hpp"
#include "async/event.hpp"
#include "chardev/transport.hpp"

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace vscard::fakes {

/// A listener to which streams come when a test brings them. One at a time is open.
class MemoryListener final : public chardev::Listener {
 public:
  static inline MemoryListener* current = nullptr;
  MemoryListener() { current = this; }
  ~MemoryListener() override { current = nullptr; }

  void bring(std::unique_ptr<chardev::Stream> stream) {
    streams_.push_back(std::move(stream));
    changed_.notify();
  }

  Awaitable<std::expected<std::unique_ptr<chardev::Stream>, chardev::AcceptError>> accept()
      override {
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
  std::string address() const override { return "memory"; }

 private:
  async::Event changed_;
  bool closed_ = false;
  std::deque<std::unique_ptr<chardev::Stream>> streams_;
};

/// Its streams are those that MemoryListener::current is brought.
inline const chardev::Transport kMemory{
    .scheme = "memory",
    .check = nullptr,
    .reachable_unencrypted = [](const chardev::Address&) { return false; },
    .connector = nullptr,
    .listen = [](asio::any_io_executor,
                 const chardev::Address&) -> Result<std::unique_ptr<chardev::Listener>> {
      return std::make_unique<MemoryListener>();
    }};

}  // namespace vscard::fakes
