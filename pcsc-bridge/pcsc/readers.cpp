#include "pcsc-bridge/pcsc/readers.hpp"

#include <algorithm>
#include <utility>

namespace vscard::pcsc_bridge::pcsc {
namespace {

/// libpcsclite takes 0 for "unknown", and more than 15 bits for a number below zero.
constexpr std::uint32_t kMaxReaderEvents = 0x7fff;

ReaderName name_of(const std::string& text) {
  ReaderName name;
  std::copy_n(text.begin(), std::min(text.size(), kReaderName - 1), name.bytes.begin());
  return name;
}

ReaderState state_of(const Reader& reader) {
  const Slot& slot = reader.slot;
  return {.name = name_of(reader.name),
          .events = slot.events(),
          .bits = slot.bits(),
          .sharing = slot.sharing(),
          .atr = slot.card() ? slot.card()->bytes() : Bytes{},
          .protocol = slot.protocol()};
}

}  // namespace

Reader& Readers::add(ReaderId id, std::string name, std::string serial) {
  Reader& reader = readers_[id];
  reader.name = std::move(name);
  reader.serial = std::move(serial);
  while (state_count_ < readers_.size()) state_count_ += kOldStates;
  count_event();
  return reader;
}

void Readers::remove(ReaderId id) {
  if (readers_.erase(id) != 0) count_event();
}

Reader* Readers::find(ReaderId id) {
  const auto found = readers_.find(id);
  return found == readers_.end() ? nullptr : &found->second;
}

std::optional<ReaderId> Readers::find(std::string_view name) const {
  for (const auto& [id, reader] : readers_) {
    if (reader.name == name) return id;
  }
  return std::nullopt;
}

std::vector<ReaderState> Readers::states() const {
  std::vector<ReaderState> states;
  states.reserve(readers_.size());
  for (const auto& [id, reader] : readers_) states.push_back(state_of(reader));
  return states;
}

void Readers::count_event() { events_ = events_ < kMaxReaderEvents ? events_ + 1 : 1; }

}  // namespace vscard::pcsc_bridge::pcsc
