#include "chardev/spicevmc/client_channel.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::spicevmc {

using protocol::SecretBytes;

void ClientChannel::Queue::push(SecretBytes piece) {
  size_ += piece.size();
  pieces_.push_back(std::move(piece));
}

std::size_t ClientChannel::Queue::pop(std::span<std::uint8_t> into) {
  if (pieces_.empty()) return 0;
  const protocol::Bytes rest = pieces_.front().view().subspan(popped_);
  const std::size_t count = std::min(into.size(), rest.size());
  std::ranges::copy(rest.first(count), into.begin());
  popped_ += count;
  size_ -= count;
  if (count == rest.size()) {
    pieces_.pop_front();
    popped_ = 0;
  }
  return count;
}

ClientChannel::ClientChannel(Peer peer, std::function<void()> wake)
    : peer_(std::move(peer)), wake_(std::move(wake)) {}

std::optional<std::size_t> ClientChannel::receive(protocol::Bytes bytes) {
  if (ended()) return bytes.size();
  const auto room = room_for(bytes.size(), from_client_.size());
  if (!room) return room;
  held_back_ = *room < bytes.size();
  if (*room > 0) for_host(SecretBytes::copy_of(bytes.first(*room)));
  return room;
}

std::size_t ClientChannel::take(std::span<std::uint8_t> into) {
  if (ended()) return 0;
  const std::size_t count = to_client_.pop(into);
  if (to_client_.empty()) drained_.notify();
  return count;
}

void ClientChannel::for_host(SecretBytes piece) {
  from_client_.push(std::move(piece));
  filled_.notify();
}

void ClientChannel::end(std::error_code reason) {
  if (!ended()) end_ = reason;
  filled_.notify();
  drained_.notify();
}

Awaitable<std::expected<std::size_t, std::error_code>> ClientChannel::read(
    std::span<std::uint8_t> into) {
  while (from_client_.empty() && !ended()) co_await filled_.wait();
  if (from_client_.empty()) co_return std::unexpected(end_);
  const std::size_t size = from_client_.pop(into);
  if (std::exchange(held_back_, false)) wake_();
  co_return size;
}

Awaitable<std::error_code> ClientChannel::write(protocol::Bytes bytes) {
  accept(bytes);
  wake_();
  while (!to_client_.empty() && !ended()) co_await drained_.wait();
  co_return end_;
}

std::size_t ClientChannel::write_now(protocol::Bytes bytes) {
  if (!to_client_.empty()) return 0;
  accept(bytes);
  wake_();
  return bytes.size();
}

}  // namespace vscard::chardev::spicevmc
