#include "pcsc-bridge/pcsc/slot.hpp"

#include <algorithm>
#include <utility>

namespace vscard::pcsc_bridge::pcsc {
namespace {

// SCARD_… of pcsclite.h
constexpr std::uint32_t kAbsent = 0x02;
constexpr std::uint32_t kPresent = 0x04;
constexpr std::uint32_t kPowered = 0x10;
constexpr std::uint32_t kNegotiable = 0x20;

/// libpcsclite compares 16 bits of the counter, and takes 0 for "unknown".
constexpr std::uint32_t kMaxEvents = 0xffff;

constexpr Protocols kKnown = kT0 | kT1 | kRaw | kAnyOld;

bool is_share(Share share) {
  return share == Share::Exclusive || share == Share::Shared || share == Share::Direct;
}

bool is_disposition(Disposition disposition) { return disposition <= Disposition::Eject; }

/// What the card offers. With a specific mode (TA2) it speaks that protocol alone.
Protocols offered(const Atr& atr) {
  constexpr std::uint8_t kT = 0x0f;
  Protocols protocols = 0;
  const auto add = [&](std::uint8_t t) {
    if (t == 0) protocols |= kT0;
    if (t == 1) protocols |= kT1;
  };
  if (const auto& mode = atr.parameters().specific_mode) {
    add(*mode & kT);
  } else {
    std::ranges::for_each(atr.protocols(), add);
  }
  return protocols;
}

}  // namespace

void Slot::insert(const Atr& atr, Time now) {
  if (card_ == atr) {
    note_reset();
    return;
  }
  remove();
  card_ = atr;
  powered_ = true;
  count_event();
  look_idle(now);
}

/// Not by a program of ours: no transaction keeps it.
void Slot::note_reset() {
  protocol_ = kUndefinedProtocol;
  powered_ = true;
  mark_all(Mark::Reset);
  unlock();
}

void Slot::remove() {
  if (!card_) return;
  card_.reset();
  powered_ = false;
  protocol_ = kUndefinedProtocol;
  power_down_at_.reset();
  power_.clear();
  mark_all(Mark::Removed);
  unlock();
  count_event();
}

Code Slot::check(const Connect& call) {
  if (call.share != Share::Direct && (call.preferred & kKnown) == 0) return Code::ProtoMismatch;
  return is_share(call.share) ? Code::Success : Code::InvalidValue;
}

Code Slot::connect(HandleId id, const Connect& call, Time now) {
  if (const Code wrong = check(call); wrong != Code::Success) return wrong;
  if (exclusive_) return Code::SharingViolation;
  if (call.share != Share::Direct) {
    if (!card_) return Code::NoSmartcard;
    power_up();
  }
  Code code = choose_protocol(call.share, call.preferred);
  if (code == Code::Success && handles_.size() >= kMaxHandles) code = Code::InternalError;
  if (code == Code::Success && call.share == Share::Exclusive && !handles_.empty()) {
    code = Code::SharingViolation;
  }
  if (code == Code::Success) {
    handles_.emplace(id, Mark::None);
    if (call.share == Share::Exclusive) code = choose_share(id, call.share);
  }
  look_idle(now);
  return code;
}

Code Slot::reconnect(const Reconnect& call, Time now) {
  if (call.initialization > Disposition::Unpower || !is_share(call.share)) {
    return Code::InvalidValue;
  }
  if (call.share != Share::Direct && (call.preferred & kKnown) == 0) return Code::ProtoMismatch;
  if (locked_for(call.card)) return Code::SharingViolation;
  if (call.initialization != Disposition::Leave) {
    mark_all(Mark::Reset);
    static_cast<void>(act(call.initialization));
  }
  if (!card_) return Code::NoSmartcard;
  if (call.share != Share::Direct) {
    power_up();
  }
  if (const Code code = choose_protocol(call.share, call.preferred); code != Code::Success) {
    return code;
  }
  if (const Code code = choose_share(call.card, call.share); code != Code::Success) return code;
  handles_[call.card] = Mark::None;
  look_idle(now);
  return Code::Success;
}

Code Slot::disconnect(HandleId id, Disposition disposition, Time now) {
  if (!is_disposition(disposition)) return Code::InvalidValue;
  if (lock_ == id) unlock();
  if (disposition == Disposition::Unpower) {
    mark_all(Mark::Reset);
    power_down();
  } else {
    if (disposition == Disposition::Reset) mark_all(Mark::Reset);
    static_cast<void>(act(disposition));  // whatever became of it
  }
  handles_.erase(id);
  exclusive_ = exclusive_ && !handles_.empty();
  look_idle(now);
  return Code::Success;
}

Code Slot::begin(HandleId id) {
  if (const Code marked = mark_of(id); marked != Code::Success) return marked;
  if (locked_for(id)) return Code::SharingViolation;
  lock_ = id;
  ++depth_;
  return Code::Success;
}

Code Slot::end(HandleId id, Disposition disposition) {
  if (!is_disposition(disposition)) return Code::InvalidValue;
  if (const Code marked = mark_of(id); marked != Code::Success) return marked;
  if (locked_for(id)) return Code::SharingViolation;
  if (disposition == Disposition::Reset || disposition == Disposition::Unpower) {
    mark_all(Mark::Reset);
  }
  const Code acted = act(disposition);
  const unsigned least = exclusive_ ? 1 : 0;  // to be alone is a transaction that does not end
  if (lock_ != id || depth_ <= least) return acted == Code::Success ? Code::NotTransacted : acted;
  if (--depth_ == 0) lock_.reset();
  return acted;
}

Code Slot::may_transmit(HandleId id, Protocols protocol) const {
  if (const Code code = may_use_card(id); code != Code::Success) return code;
  if (protocol == kRaw) return card_ ? Code::Success : Code::NotTransacted;
  if (!card_) return Code::NoSmartcard;
  return protocol == kAnyOld || protocol == protocol_ ? Code::Success : Code::ProtoMismatch;
}

Code Slot::may_use(HandleId id) const {
  return locked_for(id) ? Code::SharingViolation : Code::Success;
}

Code Slot::may_use_card(HandleId id) const {
  const Code code = may_use(id);
  return code == Code::Success ? mark_of(id) : code;
}

void Slot::drop(HandleId id, Time now) {
  disconnect(id, lock_ == id ? Disposition::Reset : Disposition::Leave, now);
}

std::uint32_t Slot::bits() const {
  if (!card_) return kAbsent;
  return powered_ ? kPresent | kPowered | kNegotiable : kPresent;
}

std::int32_t Slot::sharing() const {
  return exclusive_ ? -1 : static_cast<std::int32_t>(handles_.size());
}

void Slot::power_down() {
  power_down_at_.reset();
  if (!card_ || !powered_) return;
  powered_ = false;
  protocol_ = kUndefinedProtocol;
  power_.push_back(PowerAction::Down);
}

Code Slot::mark_of(HandleId id) const {
  const auto found = handles_.find(id);
  if (found == handles_.end()) return Code::InvalidHandle;
  switch (found->second) {
    case Mark::None:
      return Code::Success;
    case Mark::Reset:
      return Code::ResetCard;
    case Mark::Removed:
      return Code::RemovedCard;
  }
  return Code::InternalError;
}

void Slot::mark_all(Mark mark) {
  for (auto& [id, marked] : handles_) marked = mark;
}

/// A protocol that was chosen stays until the card is reset. Where both are possible, T=1 wins.
Code Slot::choose_protocol(Share share, Protocols preferred) {
  if ((preferred & kRaw) != 0) {
    protocol_ = kRaw;
    return Code::Success;
  }
  if (share == Share::Direct) return Code::Success;
  if (protocol_ != kUndefinedProtocol) {
    return (preferred & protocol_) != 0 ? Code::Success : Code::ProtoMismatch;
  }
  if ((preferred & kAnyOld) != 0) preferred |= kT0 | kT1;
  const Protocols possible = preferred & offered(*card_);
  if (possible == 0) return Code::ProtoMismatch;
  protocol_ = (possible & kT1) != 0 ? kT1 : kT0;
  return Code::Success;
}

Code Slot::choose_share(HandleId id, Share share) {
  if (share != Share::Exclusive) {
    // A transaction of its own within goes on.
    if (std::exchange(exclusive_, false) && lock_ && --depth_ == 0) lock_.reset();
    return Code::Success;
  }
  if (!exclusive_ && handles_.size() != 1) return Code::SharingViolation;
  if (!exclusive_ || !lock_) {
    lock_ = id;
    ++depth_;
  }
  exclusive_ = true;
  return Code::Success;
}

void Slot::power_up() {
  if (!card_ || std::exchange(powered_, true)) return;
  power_.push_back(PowerAction::ColdReset);
}

void Slot::reset(PowerAction action) {
  protocol_ = kUndefinedProtocol;
  if (!card_) return;
  powered_ = true;
  power_.push_back(action);
}

Code Slot::act(Disposition disposition) {
  switch (disposition) {
    case Disposition::Leave:
      return Code::Success;
    case Disposition::Reset:
      reset(PowerAction::WarmReset);
      return Code::Success;
    case Disposition::Unpower:
      reset(PowerAction::ColdReset);
      return Code::Success;
    case Disposition::Eject:
      break;
  }
  return Code::UnsupportedFeature;
}

void Slot::count_event() { events_ = events_ < kMaxEvents ? events_ + 1 : 1; }

void Slot::unlock() {
  lock_.reset();
  depth_ = 0;
}

void Slot::look_idle(Time now) {
  if (!handles_.empty() || !powered_) {
    power_down_at_.reset();
  } else if (!power_down_at_) {
    power_down_at_ = now + kIdleTime;
  }
}

}  // namespace vscard::pcsc_bridge::pcsc
