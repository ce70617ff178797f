#include "pcsc-bridge/reader/slot.hpp"

namespace vscard::pcsc_bridge::reader {
namespace {

/// Changes that pcscd has yet to see; it takes less than a millisecond for each.
constexpr std::size_t kMaxChanges = 1024;

}  // namespace

std::optional<protocol::iso7816::Atr> Slot::card() const {
  const std::lock_guard lock(mutex_);
  return shown_;
}

void Slot::wait_for_change(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const bool acted = std::exchange(watching_, Watching::Waiting) == Watching::Acting;
  if (acted && changes_.empty()) on_seen_();
  changed_.wait_for(lock, limit, [this] { return wait_ended_ || !changes_.empty(); });
  wait_ended_ = false;
  if (changes_.empty()) return;
  shown_ = changes_.front();
  changes_.pop_front();
  watching_ = Watching::Acting;
}

void Slot::end_wait() {
  const std::lock_guard lock(mutex_);
  wait_ended_ = true;
  changed_.notify_all();
}

void Slot::insert(const protocol::iso7816::Atr& atr) {
  remove();
  change(atr);
}

void Slot::remove() { change(std::nullopt); }

bool Slot::settled() const {
  const std::lock_guard lock(mutex_);
  return changes_.empty();
}

bool Slot::seen() const {
  const std::lock_guard lock(mutex_);
  if (watching_ == Watching::NotYet) return true;
  return changes_.empty() && watching_ == Watching::Waiting;
}

void Slot::change(const Card& card) {
  const std::lock_guard lock(mutex_);
  const Card& last = changes_.empty() ? shown_ : changes_.back();
  if (!card && !last) return;
  if (changes_.size() >= kMaxChanges) {
    // Nobody looks: a removal and an insertion less.
    changes_.pop_back();
    changes_.pop_back();
  }
  changes_.push_back(card);
  changed_.notify_all();
}

}  // namespace vscard::pcsc_bridge::reader
