#pragma once

#include <cstdint>

namespace vscard::vscclient {

/// What a link speaks: VSC, or the protocol of vpcd, a reader of the project vsmartcard.
enum class Speaks : std::uint8_t { Vsc, Vpcd };

}  // namespace vscard::vscclient
