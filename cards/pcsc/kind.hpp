#pragma once

#include "cards/card_set.hpp"
#include "cards/kind.hpp"

namespace vscard::cards::pcsc {

extern const Kind kPcsc;  ///< a card in a reader of PC/SC's

/// Opens cards of this kind; their readers need not be there yet.
Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::pcsc
