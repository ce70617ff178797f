#include "inspect/intake.hpp"

#include <utility>

namespace vscard::inspect {
namespace {

/// A bound of what it takes in memory, not an exact size.
std::size_t size_of(const Seen& seen) {
  if (const auto* apdu = std::get_if<SeenApdu>(&seen)) {
    return sizeof seen + apdu->name.size() + apdu->by.size() + apdu->message.bytes.size();
  }
  return sizeof seen + std::get<SeenEvent>(seen).line.size();
}

}  // namespace

Intake::State Intake::put(Seen seen) {
  const std::size_t size = size_of(seen);
  const std::scoped_lock lock(mutex_);
  // Once something is dropped, all is: the order is kept.
  if (kept_.dropped > 0 || bytes_ + size > kMaxBytes) {
    ++kept_.dropped;
    return State::Quiet;
  }
  const bool before = bytes_ >= kMaxBytes / 2;
  bytes_ += size;
  kept_.seen.push_back(std::move(seen));
  return !before && bytes_ >= kMaxBytes / 2 ? State::Ready : State::Quiet;
}

Intake::Taken Intake::take() {
  const std::scoped_lock lock(mutex_);
  bytes_ = 0;
  return std::exchange(kept_, {});
}

}  // namespace vscard::inspect
