#pragma once

#include "cards/kind.hpp"
#include "cards/pcsc/library.hpp"

#include <any>
#include <chrono>
#include <optional>
#include <string>

namespace vscard::cards::pcsc {

inline constexpr std::chrono::seconds kMaxHold{30};

/// What CardSpec::details is for kPcsc.
struct Options {
  std::optional<std::string> reader = {};  ///< its name, or a pattern of names; else any
  Share share = Share::Shared;
  /// How long other programs wait after a command, in case that another one follows.
  std::chrono::seconds hold{0};
  bool operator==(const Options&) const = default;
};

/// `spec` is of this kind.
inline Options options_of(const CardSpec& spec) { return std::any_cast<Options>(spec.details); }

}  // namespace vscard::cards::pcsc
