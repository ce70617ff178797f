#include "chardev/spicevmc/connections.hpp"

#include <algorithm>
#include <sys/socket.h>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

/// remote-viewer opens six, and twice as many while one client takes over from another.
constexpr std::size_t kMaxConnections = 32;
/// With those that were cut and that the library has not closed yet.
constexpr std::size_t kMaxWithCut = 2 * kMaxConnections;

}  // namespace

bool Connections::make_room() {
  std::erase_if(all_, [this](const auto& entry) { return !open_(entry.first); });
  if (all_.size() < kMaxConnections) return true;
  const auto longest =
      std::ranges::min_element(all_, {}, [](const auto& entry) { return entry.second.deadline; });
  if (all_.size() >= kMaxWithCut || longest->second.deadline == protocol::Time::max()) return false;
  cut(longest->first);
  longest->second.deadline = protocol::Time::max();
  return true;
}

void Connections::add(int descriptor, std::string remote, protocol::Time deadline) {
  all_[descriptor] = {.remote = std::move(remote), .deadline = deadline};
}

void Connections::admitted(int descriptor) {
  const auto found = all_.find(descriptor);
  if (found != all_.end()) found->second.deadline = protocol::Time::max();
}

void Connections::cut_late(protocol::Time now) {
  for (auto& [descriptor, connection] : all_) {
    if (now < connection.deadline) continue;
    cut(descriptor);
    connection.deadline = protocol::Time::max();
  }
}

protocol::Time Connections::next_deadline() const {
  auto next = protocol::Time::max();
  for (const auto& [descriptor, connection] : all_) next = std::min(next, connection.deadline);
  return next;
}

void Connections::cut_all() const {
  for (const auto& [descriptor, connection] : all_) cut(descriptor);
}

std::string Connections::remote(int descriptor) const {
  const auto found = all_.find(descriptor);
  return found == all_.end() ? "" : found->second.remote;
}

/// The library sees the end of it, and closes it.
void Connections::cut(int descriptor) const {
  if (open_(descriptor)) ::shutdown(descriptor, SHUT_RDWR);
}

}  // namespace vscard::chardev::spicevmc
