#include "session/message_stream.hpp"

#include "protocol/errc.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace vscard::session {
namespace {

using protocol::Clock;
using protocol::Time;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
/// Bytes read at once: most messages are below 300.
constexpr std::size_t kReadSize = 4096;
/// Above this many unwritten bytes the peer's input waits.
constexpr std::size_t kMaxOutbox = 2 * protocol::vsc::kMaxPayload;

}  // namespace

MessageStream::MessageStream(const asio::any_io_executor& executor, chardev::Stream& stream,
                             VscMachine& machine)
    : stream_(stream),
      machine_(machine),
      outbox_filled_(executor, Time::max()),
      outbox_drained_(executor, Time::max()),
      deadline_(executor, Time::max()) {}

Awaitable<std::error_code> MessageStream::run() {
  using asio::experimental::awaitable_operators::operator||;
  auto first_to_end = read() || write() || keep_deadlines();
  const auto ended = co_await std::move(first_to_end);
  co_return std::visit([](const std::error_code& error) { return error; }, ended);
}

/// Mostly the message is on its way before this returns: to wake the writer takes longer than that.
void MessageStream::send(const protocol::vsc::Message& message) {
  auto bytes = protocol::vsc::encode(message);
  if (outbox_bytes_ == 0) {
    const std::size_t written = stream_.write_now(bytes.view());
    if (written == bytes.size()) return;
    if (written > 0) bytes = protocol::SecretBytes::copy_of(bytes.view().subspan(written));
  }
  outbox_bytes_ += bytes.size();
  outbox_.push_back(std::move(bytes));
  outbox_filled_.cancel();
}

void MessageStream::wake() {
  const auto next = next_deadline();
  if (next && *next < deadline_.expiry()) deadline_.expires_at(*next);
}

void MessageStream::end(std::error_code reason) {
  if (!end_) end_ = reason;
  outbox_filled_.cancel();
}

Awaitable<std::error_code> MessageStream::read() {
  auto buffer = protocol::SecretBytes::zeros(kReadSize);
  while (true) {
    while (outbox_bytes_ > kMaxOutbox) co_await outbox_drained_.async_wait(kAsTuple);
    if (decoder_.in_message()) stream_.quick_ack();
    const auto size = co_await stream_.read(buffer.data());
    if (!size) co_return size.error();
    if (const auto error = receive(buffer.view().first(*size))) co_return *error;
    wake();
  }
}

std::optional<std::error_code> MessageStream::receive(protocol::Bytes bytes) {
  decoder_.feed(bytes);
  while (!end_) {
    auto message = decoder_.next();
    if (!message) return make_error_code(message.error());
    if (!*message) break;
    machine_.receive(std::move(**message));
  }
  return std::nullopt;
}

Awaitable<std::error_code> MessageStream::write() {
  while (true) {
    while (outbox_.empty()) {
      if (end_) co_return *end_;
      co_await outbox_filled_.async_wait(kAsTuple);
    }
    const protocol::SecretBytes message = std::move(outbox_.front());
    outbox_.pop_front();
    write_deadline_ = Clock::now() + protocol::vsc::kAnswerTimeout;
    wake();
    const std::error_code error = co_await stream_.write(message.view());
    write_deadline_.reset();
    if (error) co_return error;
    outbox_bytes_ -= message.size();
    outbox_drained_.cancel();
  }
}

Awaitable<std::error_code> MessageStream::keep_deadlines() {
  while (true) {
    deadline_.expires_at(next_deadline().value_or(Time::max()));
    co_await deadline_.async_wait(kAsTuple);  // or an earlier one was set
    const Time now = Clock::now();
    if (write_deadline_ && now >= *write_deadline_) co_return protocol::Errc::NoAnswer;
    const auto due = machine_.deadline();
    if (due && now >= *due) machine_.expire();
  }
}

std::optional<Time> MessageStream::next_deadline() const {
  const auto half = machine_.deadline();
  if (half && write_deadline_) return std::min(*half, *write_deadline_);
  return half ? half : write_deadline_;
}

}  // namespace vscard::session
