#pragma once

#include "cards/card_set.hpp"
#include "cards/kind.hpp"

namespace vscard::cards::libcacard {

extern const Kind kSoft;       ///< certificates of an NSS database as a CAC
extern const Kind kNss;        ///< a token of the PKCS#11 modules that an NSS database names
extern const Kind kLibcacard;  ///< libcacard's own emulation string

/// Can these cards be had in one process? Those of other kinds are passed over. The error says
/// which cannot.
Result<> check_together(std::span<const CardSpec> specs);

/// Opens cards of these kinds. Once a process: libcacard takes all its cards from its one start.
/// Blocks for as long as the tokens take.
Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::libcacard
