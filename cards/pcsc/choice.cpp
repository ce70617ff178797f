#include "cards/pcsc/choice.hpp"

#include <algorithm>
#include <fnmatch.h>

namespace vscard::cards::pcsc {
namespace {

bool is_spoken_for(const std::vector<Place>& places, const std::string& reader) {
  return std::ranges::any_of(places, [&reader](const Place& place) {
    return place.reader == reader || place.wanted == reader;
  });
}

enum class Kind { Named, Pattern, Any };

bool may_have(const Place& place, Kind kind, const ReaderState& reader,
              const std::vector<Place>& places) {
  const auto& wanted = place.wanted;
  if (kind == Kind::Named) return wanted == reader.name;
  if (!reader.atr || is_own_reader(reader.name) || is_spoken_for(places, reader.name)) return false;
  if (kind == Kind::Any) return !wanted;
  return wanted && ::fnmatch(wanted->c_str(), reader.name.c_str(), 0) == 0;
}

}  // namespace

void choose_readers(std::vector<Place>& places, const ReaderStates& readers) {
  for (const Kind kind : {Kind::Named, Kind::Pattern, Kind::Any}) {
    for (Place& place : places) {
      if (place.reader) continue;
      const auto found = std::ranges::find_if(readers, [&](const ReaderState& reader) {
        return may_have(place, kind, reader, places);
      });
      if (found != readers.end()) place.reader = found->name;
    }
  }
}

}  // namespace vscard::cards::pcsc
