#include "program/watchers.hpp"

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
  wants_apdus_ = wants_apdus_ || detail == Detail::Apdus;
  return lines;
}

void Watchers::close() {
  for (const Watcher& watcher : watchers_) {
    if (const auto lines = watcher.lines.lock()) lines->close();
  }
  forget_gone();
}

void Watchers::show(const TappedApdu& apdu) const {
  for (std::size_t i = taps_.size(); i-- > 0;) taps_[i]->see(apdu);
}

void Watchers::send(const Json& event, Detail detail) {
  forget_gone();
  for (const Watcher& watcher : watchers_) {
    if (watcher.detail >= detail) watcher.lines.lock()->push(event.text());
  }
}

void Watchers::forget_gone() {
  std::erase_if(watchers_, [](const Watcher& watcher) {
    const auto lines = watcher.lines.lock();
    return !lines || lines->closed();
  });
  wants_apdus_ = std::ranges::any_of(
      watchers_, [](const Watcher& watcher) { return watcher.detail == Detail::Apdus; });
}

}  // namespace vscard::program
