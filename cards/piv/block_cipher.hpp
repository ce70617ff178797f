#pragma once

#include "cards/piv/state.hpp"

#include <optional>

namespace vscard::cards::piv {

constexpr std::size_t block_size(Algorithm algorithm) {
  return algorithm == Algorithm::TripleDes ? 8 : 16;
}

// One block in ECB mode, as GENERAL AUTHENTICATE has it. `block` is as long as one.

SecretBytes encrypt_block(const ManagementKey& key, Bytes block);

/// 0102…08 three times, what new cards have, as they had for years.
ManagementKey default_management_key();

}  // namespace vscard::cards::piv
