#include "chardev/spicevmc/connections.hpp"

#include <algorithm>
#include <sys/socket.h>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

/// remote-viewer opens six, and twice as many while one client takes over from another.
constexpr std::size_t kMaxConnections = 32;

}  // namespace

bool Connections::full() {
  std::erase_if(connections_, [this](const auto& entry) { return !open_(entry.first); });
  return connections_.size() >= kMaxConnections;
}

void Connections::add(int descriptor, std::string remote, protocol::Time deadline) {
  connections_[descriptor] = {.remote = std::move(remote), .deadline = deadline};
}

void Connections::admitted(const std::string& remote) {
  for (auto& [descriptor, connection] : connections_) {
    if (connection.remote == remote) connection.deadline = protocol::Time::max();
  }
}

void Connections::cut_late(protocol::Time now) {
  for (auto& [descriptor, connection] : connections_) {
    if (now < connection.deadline) continue;
    cut(descriptor);
    connection.deadline = protocol::Time::max();
  }
}

protocol::Time Connections::next_deadline() const {
  auto next = protocol::Time::max();
  for (const auto& [descriptor, connection] : connections_) {
    next = std::min(next, connection.deadline);
  }
  return next;
}

void Connections::cut_all() {
  for (const auto& [descriptor, connection] : connections_) cut(descriptor);
}

/// The library sees the end of it, and closes it.
void Connections::cut(int descriptor) const {
  if (open_(descriptor)) ::shutdown(descriptor, SHUT_RDWR);
}

}  // namespace vscard::chardev::spicevmc
