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

ReaderState state_of(const ForeignReader& reader) {
  return {.name = name_of(reader.name),
          .events = reader.events,
          .bits = reader.bits,
          .sharing = reader.sharing,
          .atr = reader.card ? reader.card->bytes() : Bytes{},
          .protocol = reader.protocol};
}

template <class R>
std::optional<ReaderId> find_named(const std::map<ReaderId, R>& readers, std::string_view name) {
  const auto found =
      std::ranges::find_if(readers, [&](const auto& entry) { return entry.second.name == name; });
  return found == readers.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace

Reader& Readers::add(ReaderId id, std::string name, std::string serial) {
  Reader& reader = readers_[id];
  reader.name = std::move(name);
  reader.serial = std::move(serial);
  make_room();
  count_event();
  return reader;
}

void Readers::remove(ReaderId id) {
  if (readers_.erase(id) + foreign_.erase(id) != 0) count_event();
}

bool Readers::show_foreign(ReaderId id, ForeignReader reader) {
  const auto [place, added] = foreign_.try_emplace(id);
  if (added) count_event();
  make_room();
  const bool changed = added || place->second != reader;
  place->second = std::move(reader);
  return changed;
}

Reader* Readers::find(ReaderId id) {
  const auto found = readers_.find(id);
  return found == readers_.end() ? nullptr : &found->second;
}

std::optional<ReaderId> Readers::find(std::string_view name) const {
  return find_named(readers_, name);
}

ForeignReader* Readers::find_foreign(ReaderId id) {
  const auto found = foreign_.find(id);
  return found == foreign_.end() ? nullptr : &found->second;
}

std::optional<ReaderId> Readers::find_foreign(std::string_view name) const {
  return find_named(foreign_, name);
}

std::vector<ReaderState> Readers::states() const {
  std::vector<ReaderState> states;
  states.reserve(readers_.size() + foreign_.size());
  for (const auto& [id, reader] : readers_) states.push_back(state_of(reader));
  for (const auto& [id, reader] : foreign_) states.push_back(state_of(reader));
  return states;
}

void Readers::make_room() {
  while (state_count_ < readers_.size() + foreign_.size()) state_count_ += kOldStates;
}

void Readers::count_event() { events_ = events_ < kMaxReaderEvents ? events_ + 1 : 1; }

}  // namespace vscard::pcsc_bridge::pcsc
