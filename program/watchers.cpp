#include "program/watchers.hpp"

#include "program/events.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace vscard::program {
Result<Lines> Watchers::add(Detail detail, const std::vector<Json>& present) {
  forget_gone();
  if (watchers_.size() >= kMaxWatchers) {
    return std::unexpected(
        fmt::format("{} programs are watching already, and no more can", kMaxWatchers));
  }
  std::string first;
  for (const Json& event : present) first += event.text() + "\n";
  auto lines = std::make_shared<LineQueue>(std::move(first));
  watchers_.push_back({.lines = lines, .detail = detail});
  forget_gone();
  return lines;
}

void Watchers::close() {
  for (const Watcher& watcher : watchers_) {
    if (const auto lines = watcher.lines.lock()) lines->close();
  }
  forget_gone();
}

void Watchers::show(const TappedApdu& apdu) {
  for (std::size_t i = taps_.size(); i-- > 0;) taps_[i]->see(apdu);
  if (wants_bytes_) send(message_event(apdu).text(), Detail::Bytes);
}

void Watchers::pass_on(const std::string& event) {
  for (std::size_t i = taps_.size(); i-- > 0;) taps_[i]->hear(event);
  send(event, Detail::Changes);
}

void Watchers::send(const std::string& event, Detail detail) {
  forget_gone();
  for (const Watcher& watcher : watchers_) {
    if (detail == Detail::Changes || watcher.detail == detail) watcher.lines.lock()->push(event);
  }
}

void Watchers::forget_gone() {
  std::erase_if(watchers_, [](const Watcher& watcher) {
    const auto lines = watcher.lines.lock();
    return !lines || lines->closed();
  });
  wants_apdus_ = std::ranges::count(watchers_, Detail::Apdus, &Watcher::detail) != 0;
  wants_bytes_ = std::ranges::count(watchers_, Detail::Bytes, &Watcher::detail) != 0;
}

}  // namespace vscard::program
