#pragma once

#include "cards/libcacard/choice.hpp"

namespace vscard::cards::libcacard {

/// All that can be of use, in the order of a card: identity, signing, encryption, others. Those
/// that work come before those that do not.
Result<std::vector<Certificate>> choose_by_usage(const Collection& from,
                                                 std::chrono::sys_seconds now);

}  // namespace vscard::cards::libcacard
