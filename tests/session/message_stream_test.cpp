// What a messages makes of a stream that takes, or gives, part of what there is.

#include "session/message_stream.hpp"

#include "tests/protocol/hex.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace vscard::session {
namespace {

using protocol::test::counting;
using protocol::test::to_hex;
using protocol::vsc::ReaderId;
using Data = std::vector<std::uint8_t>;

/// Nothing comes out of it. Its buffer has room for some bytes, and then for none; a write that
/// waits finds more.
class NarrowStream final : public chardev::Stream {
 public:
  NarrowStream(asio::any_io_executor executor, std::size_t room)
      : executor_(std::move(executor)), room_(room) {}

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> /*into*/) override {
    co_await closed_.wait();
    co_return std::unexpected(std::make_error_code(std::errc::operation_canceled));
  }
  Awaitable<std::error_code> write(protocol::Bytes bytes) override {
    writing_ = true;
    co_await asio::post(executor_, asio::use_awaitable);
    std::ranges::copy(bytes, std::back_inserter(written));
    writing_ = false;
    co_return std::error_code();
  }
  std::size_t write_now(protocol::Bytes bytes) override {
    EXPECT_FALSE(writing_) << "two writes at once";
    const std::size_t size = std::min(room_, bytes.size());
    room_ -= size;
    std::ranges::copy(bytes.first(size), std::back_inserter(written));
    return size;
  }
  void close() override { closed_.notify(); }
  std::string remote() const override { return "narrow"; }

  Data written;

 private:
  asio::any_io_executor executor_;
  std::size_t room_;
  bool writing_ = false;
  async::Event closed_;
};

/// Gives the bytes of a message in two parts, and then ends. It writes down what is asked of it.
class PartedStream final : public chardev::Stream {
 public:
  PartedStream(asio::any_io_executor executor, Data bytes, std::size_t first)
      : executor_(std::move(executor)), bytes_(std::move(bytes)), first_(first) {}

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    co_await asio::post(executor_, asio::use_awaitable);
    const std::size_t size = asked.empty() ? first_ : bytes_.size() - done_;
    asked += "read ";
    if (size == 0) co_return std::unexpected(std::make_error_code(std::errc::operation_canceled));
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(done_), size, into.begin());
    done_ += size;
    co_return size;
  }
  Awaitable<std::error_code> write(protocol::Bytes /*bytes*/) override {
    co_return std::error_code();
  }
  void quick_ack() override { asked += "quick_ack "; }
  void close() override {}
  std::string remote() const override { return "parted"; }

  std::string asked;

 private:
  asio::any_io_executor executor_;
  Data bytes_;
  std::size_t first_;
  std::size_t done_ = 0;
};

class NoMachine final : public VscMachine {
 public:
  void receive(protocol::vsc::Message /*message*/) override {}
  std::optional<protocol::Time> deadline() const override { return std::nullopt; }
  void expire() override {}
};

protocol::vsc::Message command(std::size_t size) {
  return {ReaderId{0}, protocol::vsc::Apdu{protocol::SecretBytes::copy_of(counting(size))}};
}

TEST(MessageStream, WritesAllInOrderWhateverTheStreamTakesAtOnce) {
  Data all;
  for (const std::size_t size : {5U, 7U, 9U}) {
    const auto bytes = protocol::vsc::encode(command(size));
    std::ranges::copy(bytes.view(), std::back_inserter(all));
  }
  for (std::size_t room = 0; room <= all.size(); ++room) {
    asio::io_context io;
    NarrowStream stream(io.get_executor(), room);
    NoMachine machine;
    MessageStream messages(stream, machine);
    auto running = messages.run();
    asio::co_spawn(io, std::move(running), asio::detached);
    messages.send(command(5));
    messages.send(command(7));
    io.poll();  // the writer is at work, or done
    messages.send(command(9));
    messages.end({});
    io.run();
    EXPECT_EQ(to_hex(stream.written), to_hex(all)) << room;
  }
}

// QEMU's system keeps the payload back until it has the acknowledgement of the header.
TEST(MessageStream, AcknowledgesPartOfAMessageAtOnce) {
  const auto message = protocol::vsc::encode(command(5));
  const Data bytes(message.view().begin(), message.view().end());
  for (std::size_t first = 1; first <= bytes.size(); ++first) {
    asio::io_context io;
    PartedStream stream(io.get_executor(), bytes, first);
    NoMachine machine;
    MessageStream messages(stream, machine);
    auto running = messages.run();
    asio::co_spawn(io, std::move(running), asio::detached);
    io.run();
    EXPECT_EQ(stream.asked, first < bytes.size() ? "read quick_ack read read " : "read read ")
        << first;
  }
}

}  // namespace
}  // namespace vscard::session
