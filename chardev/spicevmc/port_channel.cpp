#include "chardev/spicevmc/port_channel.hpp"

#include <algorithm>

namespace vscard::chardev::spicevmc {
namespace {

/// Bytes that wait to be read. Of what has no room the library keeps one message.
constexpr std::size_t kMaxWaiting = std::size_t{64} * 1024;

}  // namespace

std::optional<std::size_t> PortChannel::room_for(std::size_t size, std::size_t waiting) const {
  return std::min(size, kMaxWaiting - waiting);
}

void PortChannel::accept(protocol::Bytes bytes) {
  for_client(protocol::SecretBytes::copy_of(bytes));
}

}  // namespace vscard::chardev::spicevmc
