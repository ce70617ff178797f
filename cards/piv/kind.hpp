#pragma once

#include "cards/card_set.hpp"
#include "cards/kind.hpp"

namespace vscard::cards::piv {

extern const Kind kPiv;  ///< a PIV card of our own, in a folder

/// Opens cards of this kind, and makes those that are not there. Blocks for as long as that takes,
/// a fraction of a second.
Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::piv
