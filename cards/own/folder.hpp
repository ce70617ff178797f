#pragma once

#include "certs-test/manifest.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace vscard::cards::own {

/// The card in `folder`, with paths relative to it. If there is none yet, a PIV card with this PIN
/// is made, with RSA-2048 and P-256 keys: that takes some tenths of a second, and `tell` gets lines
/// for the user. One made by an earlier version is of the CAC kind, and stays so. One of several
/// programs makes it, and the others wait. Stopped by a signal, it leaves nothing. `pin` is empty
/// for the well-known one.
Result<certs_test::CardEntry> open_or_make(const std::filesystem::path& folder,
                                           const protocol::SecretBytes& pin,
                                           const std::function<void(const std::string&)>& tell);

}  // namespace vscard::cards::own
