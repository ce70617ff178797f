#pragma once

#include "cards/libcacard/choice.hpp"

namespace vscard::cards::libcacard {

/// All that can be of use, in the order of a card: identity, signing, encryption, others; then
/// those that work at no place. An expired one has the place of one that is valid.
Result<std::vector<Certificate>> choose_by_usage(const Collection& from,
                                                 std::chrono::sys_seconds now);

}  // namespace vscard::cards::libcacard
