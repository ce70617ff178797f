#pragma once

#include "cards/card_set.hpp"
#include "cards/kind.hpp"
#include "chardev/transport.hpp"

namespace vscard::cards::vpcd {

extern const Kind kVpcd;  ///< a virtual card that speaks the protocol of vpcd

/// By which its virtual card is reached; null for cards of other kinds.
const chardev::Transport* transport_of(const CardSpec& spec);

/// Opens cards of this kind: the readers that virtual cards connect to, or that connect to them.
Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::vpcd
