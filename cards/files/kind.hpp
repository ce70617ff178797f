#pragma once

#include "cards/card_set.hpp"
#include "cards/kind.hpp"

namespace vscard::cards::files {

extern const Kind kFiles;  ///< "soft" with the keys of PEM and PKCS#12 files

/// One that is to be a CAC is libcacard's.
bool is_cac(const CardSpec& spec);

/// What is to be a CAC becomes one of an NSS database, which is gone once it is open.
Result<Became> become(const CardSpec& spec, const OpenOptions& options);

/// Opens PIV cards of this kind. Blocks for as long as it takes to decrypt the files, and until the
/// user has typed their password.
Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::files
