#pragma once

#include "cards/files/identity.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace vscard::cards::files {

/// What a CAC shows of them: three, by what they are for, with RSA keys of up to 3072 bits, which
/// programs use there. A line for the user says what is left out and why.
std::vector<const Identity*> fit_for_cac(const std::vector<Identity>& identities,
                                         std::chrono::sys_seconds now,
                                         std::vector<std::string>& lines);

}  // namespace vscard::cards::files
