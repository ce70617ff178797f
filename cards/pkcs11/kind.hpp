#pragma once

#include "cards/card_set.hpp"

namespace vscard::cards::pkcs11 {

/// "pkcs11:": a PKCS#11 token that p11-kit knows, shown as a PIV card.
extern const Kind kPkcs11;

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::pkcs11
