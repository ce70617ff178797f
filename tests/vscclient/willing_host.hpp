#pragma once

#include "async/error.hpp"
#include "async/event.hpp"
#include "chardev/transport.hpp"
#include "protocol/vsc/decoder.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace vscard::vscclient::test {

/// The client's stream to a host that agrees to everything. Both are in memory.
class WillingHost final : public chardev::Stream {
 public:
  /// What the client has sent, as text.
  std::vector<std::string> received;

  void send(const protocol::vsc::Message& message) {
    const auto bytes = protocol::vsc::encode(message);
    unread_.insert(unread_.end(), bytes.view().begin(), bytes.view().end());
    changed_.notify();
  }
  /// Afterwards the client's side drops this object.
  void hang_up() { close(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    while (unread_.empty() && !closed_) co_await changed_.wait();
    if (unread_.empty()) co_return std::unexpected(std::make_error_code(std::errc::broken_pipe));
    const std::size_t size = std::min(into.size(), unread_.size());
    std::copy_n(unread_.begin(), size, into.begin());
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(size));
    co_return size;
  }
  Awaitable<std::error_code> write(protocol::Bytes bytes) override {
    write_now(bytes);
    co_return std::error_code();
  }
  std::size_t write_now(protocol::Bytes bytes) override {
    decoder_.feed(bytes);
    for (auto message = decoder_.next(); message && *message; message = decoder_.next()) {
      received.push_back(protocol::vsc::test::text_of(**message));
      agree(**message);
    }
    return bytes.size();
  }
  void close() override {
    closed_ = true;
    changed_.notify();
  }
  std::string remote() const override { return "the willing host"; }

 private:
  void agree(const protocol::vsc::Message& message) {
    namespace vsc = protocol::vsc;
    const std::string name = vsc::name_of(message);
    if (name == "Init") send(vsc::test::init());
    if (name == "ReaderAdd" || name == "ReaderRemove" || name == "ATR" || name == "CardRemove") {
      send(vsc::test::error(0));
    }
  }

  async::Event changed_;
  std::vector<std::uint8_t> unread_;
  bool closed_ = false;
  protocol::vsc::Decoder decoder_;
};

/// A listener whose hosts come when the test wants it. One at a time.
class HostListener final : public chardev::Listener {
 public:
  HostListener() { current = this; }
  static inline HostListener* current = nullptr;

  /// Valid until it hangs up.
  WillingHost& come() {
    hosts_.push_back(std::make_unique<WillingHost>());
    WillingHost& host = *hosts_.back();
    changed_.notify();
    return host;
  }

  Awaitable<std::expected<std::unique_ptr<chardev::Stream>, std::error_code>> accept() override {
    while (hosts_.empty() && !closed_) co_await changed_.wait();
    if (closed_) co_return std::unexpected(async::aborted());
    auto host = std::move(hosts_.front());
    hosts_.pop_front();
    co_return host;
  }
  void close() override {
    closed_ = true;
    changed_.notify();
  }
  std::string address() const override { return "memory"; }

 private:
  async::Event changed_;
  bool closed_ = false;
  std::deque<std::unique_ptr<WillingHost>> hosts_;
};

inline const chardev::Transport kMemory{
    .scheme = "memory",
    .check = nullptr,
    .reachable_unencrypted = [](const chardev::Address&) { return false; },
    .connector = nullptr,
    .listen = [](asio::any_io_executor, const chardev::Address&)
        -> Result<std::unique_ptr<chardev::Listener>> { return std::make_unique<HostListener>(); }};

}  // namespace vscard::vscclient::test
