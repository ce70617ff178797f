#pragma once

#include <cstdint>
#include <string>

namespace vscard::cards::recording {

/// What --card says of a recording.
struct Options {
  std::string path;
  enum class Secrets : std::uint8_t {
    Blank,
    Written,            ///< if somebody sees at a terminal that it is so
    WrittenUnattended,  ///< in any case
  } secrets = Secrets::Blank;
};

}  // namespace vscard::cards::recording
