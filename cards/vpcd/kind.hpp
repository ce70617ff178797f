#pragma once

#include "cards/card_set.hpp"
#include "cards/kind.hpp"

namespace vscard::cards::vpcd {

extern const Kind kVpcd;  ///< a virtual card that speaks the protocol of vpcd

/// Opens cards of this kind: the readers that virtual cards connect to, or that connect to them.
Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::vpcd
