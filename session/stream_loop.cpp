#include "session/stream_loop.hpp"

#include "async/first_of.hpp"
#include "protocol/errc.hpp"
#include "protocol/stack.hpp"
#include "protocol/vsc/message.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscard::session {
namespace {

using protocol::Clock;
using protocol::Time;

/// Bytes read at once: most messages are below 300.
constexpr std::size_t kReadSize = 4096;
/// Above this many unwritten bytes the peer's input waits.
constexpr std::size_t kMaxOutbox = 2 * protocol::vsc::kMaxPayload;
/// As long as a conversation keeps a message, which may have a PIN, too.
constexpr std::chrono::milliseconds kWipeAfter{200};

/// What is there and the earlier one.
std::optional<Time> earliest(std::optional<Time> one, std::optional<Time> other) {
  return one && other ? std::min(one, other) : one ? one : other;
}

}  // namespace

StreamLoop::StreamLoop(chardev::Stream& stream, StreamMachine& machine)
    : stream_(stream),
      machine_(machine),
      deadlines_([this] { return next_deadline(); }, [this] { expire(); }) {}

Awaitable<std::error_code> StreamLoop::run() {
  const auto end = co_await async::first_of(read(), write(), keep_deadlines());
  wipe_stack();
  co_return end;
}

/// Mostly the message is on its way before this returns: to wake the writer takes longer than that.
void StreamLoop::send(protocol::Bytes message) {
  if (outbox_bytes_ == 0) {
    message = message.subspan(stream_.write_now(message));
    if (message.empty()) return;
  }
  outbox_bytes_ += message.size();
  outbox_.push_back(protocol::SecretBytes::copy_of(message));
  outbox_filled_.notify();
}

void StreamLoop::end(std::error_code reason) {
  if (!end_) end_ = reason;
  outbox_filled_.notify();
}

Awaitable<std::error_code> StreamLoop::read() {
  auto buffer = protocol::SecretBytes::zeros(kReadSize);
  while (true) {
    while (outbox_bytes_ > kMaxOutbox) co_await outbox_drained_.wait();
    if (machine_.in_message()) stream_.quick_ack();
    const auto size = co_await stream_.read(buffer.data());
    if (!size) co_return size.error();
    const auto error = machine_.receive(buffer.view().first(*size));
    buffer.zero(*size);
    if (!wipe_at_) wipe_at_ = Clock::now() + kWipeAfter;
    if (error) co_return *error;
    wake();
  }
}

Awaitable<std::error_code> StreamLoop::write() {
  while (true) {
    while (outbox_.empty()) {
      if (end_) co_return *end_;
      co_await outbox_filled_.wait();
    }
    const protocol::SecretBytes message = std::move(outbox_.front());
    outbox_.pop_front();
    write_deadline_ = Clock::now() + protocol::vsc::kAnswerTimeout;
    wake();
    const std::error_code error = co_await stream_.write(message.view());
    write_deadline_.reset();
    if (error) co_return error;
    outbox_bytes_ -= message.size();
    outbox_drained_.notify();
  }
}

Awaitable<std::error_code> StreamLoop::keep_deadlines() {
  co_await deadlines_.run();
  co_return protocol::Errc::NoAnswer;
}

void StreamLoop::expire() {
  const Time now = Clock::now();
  if (write_deadline_ && now >= *write_deadline_) {
    deadlines_.stop();
    return;
  }
  if (wipe_at_ && now >= *wipe_at_) wipe_stack();
  const auto due = machine_.deadline();
  if (due && now >= *due) machine_.expire();
}

/// Not after each message: 32 KiB take 0.4 us, and the processor forgets what it had at hand.
void StreamLoop::wipe_stack() {
  protocol::wipe_stack();
  wipe_at_.reset();
}

std::optional<Time> StreamLoop::next_deadline() const {
  return earliest(machine_.deadline(), earliest(write_deadline_, wipe_at_));
}

}  // namespace vscard::session
