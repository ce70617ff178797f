#pragma once

#include <cstdint>
#include <string>

namespace vscard::cards::replay {

/// What CardSpec::details is for kReplay.
struct Options {
  std::string path;
  enum class Match : std::uint8_t { InOrder, Any } match = Match::InOrder;
};

}  // namespace vscard::cards::replay
