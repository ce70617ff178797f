#include "chardev/spicevmc/card_channel.hpp"

#include "protocol/vsc/peer_limits.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

namespace vsc = protocol::vsc;
using protocol::SecretBytes;

/// Bytes of a command that the library's buffer has room for. It checks nothing: a longer one
/// stalls the channel, then overruns the buffer.
constexpr std::size_t kMaxCommand = 270;
/// Bytes: a client sends one response or request at a time.
constexpr std::size_t kMaxFromClient = 2 * (vsc::kHeaderSize + vsc::kMaxPayload);

}  // namespace

void CardChannel::Queue::push(SecretBytes message) {
  size_ += message.size();
  messages_.push_back(std::move(message));
}

std::size_t CardChannel::Queue::pop(std::span<std::uint8_t> into) {
  if (messages_.empty()) return 0;
  const protocol::Bytes rest = messages_.front().view().subspan(popped_);
  const std::size_t count = std::min(into.size(), rest.size());
  std::ranges::copy(rest.first(count), into.begin());
  popped_ += count;
  size_ -= count;
  if (count == rest.size()) {
    messages_.pop_front();
    popped_ = 0;
  }
  return count;
}

CardChannel::CardChannel(std::string remote, std::function<void()> wake)
    : remote_(std::move(remote)), wake_(std::move(wake)) {
  // The library keeps the client's own one to itself.
  from_client_.push(vsc::encode({protocol::vsc::kUndefinedReader, vsc::Init{}}));
}

bool CardChannel::receive(protocol::Bytes message) {
  if (ended()) return true;
  if (from_client_.size() + message.size() > kMaxFromClient) return false;
  from_client_.push(SecretBytes::copy_of(message));
  filled_.notify();
  return true;
}

std::size_t CardChannel::take(std::span<std::uint8_t> into) {
  if (ended()) return 0;
  const std::size_t count = to_client_.pop(into);
  if (to_client_.empty()) drained_.notify();
  return count;
}

void CardChannel::end(std::error_code reason) {
  if (!ended()) end_ = reason;
  filled_.notify();
  drained_.notify();
}

Awaitable<std::expected<std::size_t, std::error_code>> CardChannel::read(
    std::span<std::uint8_t> into) {
  while (from_client_.empty() && !ended()) co_await filled_.wait();
  if (from_client_.empty()) co_return std::unexpected(end_);
  co_return from_client_.pop(into);
}

Awaitable<std::error_code> CardChannel::write(protocol::Bytes bytes) {
  accept(bytes);
  while (!to_client_.empty() && !ended()) co_await drained_.wait();
  co_return end_;
}

std::size_t CardChannel::write_now(protocol::Bytes bytes) {
  if (!to_client_.empty()) return 0;
  accept(bytes);
  return bytes.size();
}

/// An error is the session's end.
void CardChannel::accept(protocol::Bytes bytes) {
  decoder_.feed(bytes);
  while (!ended()) {
    auto message = decoder_.next();
    if (!message) {
      end(make_error_code(message.error()));
    } else if (!*message) {
      break;
    } else {
      send(std::move(**message));
    }
  }
  wake_();
}

void CardChannel::send(vsc::Message message) {
  if (std::holds_alternative<vsc::Init>(message.body)) return;  // the library would drop it
  const auto* command = std::get_if<vsc::Apdu>(&message.body);
  if (command == nullptr || command->bytes.size() <= kMaxCommand) {
    to_client_.push(vsc::encode(message));
    return;
  }
  const auto status = protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::WrongLength);
  message.body = vsc::Apdu{SecretBytes::copy_of(status)};
  from_client_.push(vsc::encode(message));
  filled_.notify();
}

}  // namespace vscard::chardev::spicevmc
