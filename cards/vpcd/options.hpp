#pragma once

#include "cards/kind.hpp"
#include "chardev/transport.hpp"

#include <any>

namespace vscard::cards::vpcd {

/// Where Debian's vpcd listens, too, for the card in its first reader.
inline constexpr const char* kDefaultEndpoint = "listen:tcp://127.0.0.1:35963";

/// What CardSpec::details is for kVpcd.
struct Options {
  chardev::Endpoint endpoint;
  const chardev::Transport* transport = nullptr;  ///< the endpoint's
};

/// `spec` is of this kind.
inline Options options_of(const CardSpec& spec) { return std::any_cast<Options>(spec.details); }

}  // namespace vscard::cards::vpcd
