#pragma once

#include "chardev/stream.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

#include <chrono>

namespace vscard::chardev {

/// How long a stream may be silent after the other one has said all.
inline constexpr std::chrono::seconds kHalfOpenTime{5};

/// Passes what comes from each of two streams to the other, a piece at a time. When one has said
/// all, the other is told so, if that is possible, and what it still says goes through. The error,
/// as a line for the user, is a stream that failed. Both outlive it.
Awaitable<Result<>> join(Stream& one, Stream& other, protocol::Duration half_open = kHalfOpenTime);

}  // namespace vscard::chardev
