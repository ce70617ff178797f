#pragma once

#include "cards/card_set.hpp"
#include "cards/libcacard/reader.hpp"
#include "protocol/failure.hpp"

#include <functional>
#include <span>
#include <vector>

namespace vscard::cards::libcacard {

/// Starts libcacard, which must not be in use. Readers in the order of the cards; or a line for the
/// user.
using Start = std::move_only_function<Result<std::vector<NamedReader>>()>;

/// Chooses the certificates of the cards, as they are in their databases now, which are open. The
/// error is a line for the user. Start uses `specs` and `options`, too.
Result<Start> prepare(std::span<const CardSpec> specs, const OpenOptions& options);

}  // namespace vscard::cards::libcacard
