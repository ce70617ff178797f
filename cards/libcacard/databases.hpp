#pragma once

#include "cards/libcacard/emulation.hpp"
#include "cards/libcacard/token.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <functional>
#include <string>

/// NSS databases, which libcacard takes for granted. Failures and warnings are lines for the user.
namespace vscard::cards::libcacard {

/// Opens the databases that the emulation string takes for granted.
Result<> open_databases(const Emulation& emulation);

/// Warns of a database whose card accepts any PIN, or whose keys this NSS may not be able to open.
void check_password(const std::filesystem::path& folder, const Token& token,
                    const std::function<void(const std::string&)>& warn);

}  // namespace vscard::cards::libcacard
