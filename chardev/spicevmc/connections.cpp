#include "chardev/spicevmc/connections.hpp"

#include <algorithm>
#include <sys/socket.h>

namespace vscard::chardev::spicevmc {
namespace {

/// remote-viewer opens six, and twice as many while one client takes over from another.
constexpr std::size_t kMaxConnections = 32;
/// With those that were cut and that the library has not closed yet.
constexpr std::size_t kMaxWithCut = 2 * kMaxConnections;

}  // namespace

bool Connections::make_room() {
  std::erase_if(deadlines_, [this](const auto& entry) { return !open_(entry.first); });
  if (deadlines_.size() < kMaxConnections) return true;
  const auto longest =
      std::ranges::min_element(deadlines_, {}, [](const auto& entry) { return entry.second; });
  if (deadlines_.size() >= kMaxWithCut || longest->second == protocol::Time::max()) return false;
  cut(longest->first);
  longest->second = protocol::Time::max();
  return true;
}

void Connections::add(int descriptor, protocol::Time deadline) {
  deadlines_[descriptor] = deadline;
}

void Connections::admitted(int descriptor) {
  const auto found = deadlines_.find(descriptor);
  if (found != deadlines_.end()) found->second = protocol::Time::max();
}

void Connections::cut_late(protocol::Time now) {
  for (auto& [descriptor, deadline] : deadlines_) {
    if (now < deadline) continue;
    cut(descriptor);
    deadline = protocol::Time::max();
  }
}

protocol::Time Connections::next_deadline() const {
  auto next = protocol::Time::max();
  for (const auto& [descriptor, deadline] : deadlines_) next = std::min(next, deadline);
  return next;
}

void Connections::cut_all() {
  for (const auto& [descriptor, deadline] : deadlines_) cut(descriptor);
}

/// The library sees the end of it, and closes it.
void Connections::cut(int descriptor) const {
  if (open_(descriptor)) ::shutdown(descriptor, SHUT_RDWR);
}

}  // namespace vscard::chardev::spicevmc
