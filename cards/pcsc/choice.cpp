#include "cards/pcsc/choice.hpp"

#include <algorithm>
#include <fnmatch.h>

namespace vscard::cards::pcsc {
namespace {

/// As pcsc-bridge names its readers.
constexpr std::string_view kOwnPrefix = "vscard ";

bool is_spoken_for(const std::vector<PcscPlace>& places, const std::string& reader) {
  return std::ranges::any_of(places, [&reader](const PcscPlace& place) {
    return place.reader == reader || place.card.reader == reader;
  });
}

enum class Kind { Named, Pattern, Any };

bool may_have(const PcscPlace& place, Kind kind, const pcsc::ReaderState& reader,
              const std::vector<PcscPlace>& places) {
  const auto& wanted = place.card.reader;
  if (kind == Kind::Named) return wanted == reader.name;
  if (!reader.atr || is_own_reader(reader.name) || is_spoken_for(places, reader.name)) return false;
  if (kind == Kind::Any) return !wanted;
  return wanted && ::fnmatch(wanted->c_str(), reader.name.c_str(), 0) == 0;
}

}  // namespace

bool is_own_reader(std::string_view name) { return name.starts_with(kOwnPrefix); }

void choose_readers(std::vector<PcscPlace>& places, const pcsc::ReaderStates& readers) {
  for (const Kind kind : {Kind::Named, Kind::Pattern, Kind::Any}) {
    for (PcscPlace& place : places) {
      if (place.reader) continue;
      const auto found = std::ranges::find_if(readers, [&](const pcsc::ReaderState& reader) {
        return may_have(place, kind, reader, places);
      });
      if (found != readers.end()) place.reader = found->name;
    }
  }
}

}  // namespace vscard::cards::pcsc
