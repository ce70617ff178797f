#pragma once

#include "cards/libcacard/emulation.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// What libcacard expects of NSS databases, and does not do or say itself: it opens one, and skips
/// what it does not find there without a word. Failures are lines for the user.
namespace vscard::cards::libcacard {

/// Opens the databases that the emulation string takes for granted.
Result<> open_databases(const Emulation& emulation);

/// Are all the certificates of each card in an open database? Warns of cards that accept any PIN.
Result<> check_certificates(const std::vector<std::vector<std::string>>& nicknames,
                            const std::function<void(const std::string&)>& warn);

/// Why libcacard shows no token: what is wrong with each slot, or that there is none.
std::string explain_no_tokens(const std::filesystem::path& database);

}  // namespace vscard::cards::libcacard
