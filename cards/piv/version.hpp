#pragma once

#include <array>
#include <cstdint>

namespace vscard::cards::piv {

/// What GET VERSION answers. From 5.3 on yubico-piv-tool asks for the management key's algorithm,
/// and before 5.7 it makes no RSA-4096 keys.
inline constexpr std::array<std::uint8_t, 3> kVersion{5, 7, 1};

}  // namespace vscard::cards::piv
