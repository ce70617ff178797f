#pragma once

#include "async/event.hpp"
#include "cards/link/card_link.hpp"
#include "chardev/transport.hpp"
#include "protocol/vsc/decoder.hpp"
#include "session/client_link.hpp"
#include "tests/fakes/memory_listener.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace vscard::cards::link::test {

/// The client's stream to a host that agrees to everything, unless it is told to refuse. Both are
/// in memory.
class WillingHost final : public chardev::Stream {
 public:
  /// What the client has sent, as text.
  std::vector<std::string> received;
  /// Cards that come from now on are refused.
  bool refuses_cards = false;
  /// Does it keep to the extension? Then its ExtHello says nothing but the room that it has.
  bool extended = false;
  std::uint32_t room = 1;  ///< for readers; they have the numbers from 0 on
  /// Does it answer requests?
  bool answers = true;

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
    auto message = decoder_.next();
    for (; message && *message; message = decoder_.next()) {
      received.push_back(protocol::vsc::test::text_of(**message));
      if (answers) answer(**message);
    }
    EXPECT_TRUE(message) << "the client sends what is no VSC";
    return bytes.size();
  }
  void close() override {
    closed_ = true;
    changed_.notify();
  }
  std::string remote() const override { return "the willing host"; }

 private:
  void answer(const protocol::vsc::Message& message) {
    namespace vsc = protocol::vsc;
    const std::string name = vsc::name_of(message);
    if (name == "Init") send(vsc::test::init(extended ? vsc::kExtension : 0));
    if (name == "Init" && extended) send(vsc::test::ext_hello(vsc::kMaxPayload, 0, room));
    if (name == "ReaderAdd") send(vsc::test::error(0, vsc::ReaderId{readers_++}));
    if (name == "ReaderRemove" || name == "CardRemove") send(vsc::test::error(0, message.reader));
    if (name == "ATR") send(vsc::test::error(refuses_cards ? 1 : 0, message.reader));
  }

  std::uint32_t readers_ = 0;
  async::Event changed_;
  std::vector<std::uint8_t> unread_;
  bool closed_ = false;
  protocol::vsc::Decoder decoder_;
};

/// A host that comes to fakes::MemoryListener::current. Valid until it hangs up.
inline WillingHost& come() {
  auto host = std::make_unique<WillingHost>();
  WillingHost& valid = *host;
  fakes::MemoryListener::current->bring(std::move(host));
  return valid;
}

/// For a card that waits for such hosts.
inline MakeHosts memory_hosts(const asio::any_io_executor& executor,
                              protocol::vsc::PeerLimits host) {
  const session::VscLinkOptions options{
      .link = {.endpoint = {.mode = chardev::Endpoint::Mode::Listen, .address = {}}},
      .transport = &fakes::kMemory,
      .peer = host};
  return [executor, options](session::CardSide& card, Notify notify,
                             std::function<void()> remote_changed) {
    return std::make_unique<session::ClientLink>(executor, options, card, std::move(notify),
                                                 std::move(remote_changed));
  };
}

}  // namespace vscard::cards::link::test
