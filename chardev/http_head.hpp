#pragma once

#include "chardev/stream.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

namespace vscard::chardev {

/// What ends the header of an HTTP message.
inline constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// The header of an HTTP message with its end, and nothing of what follows; or its first `limit`
/// bytes, which have no end.
Awaitable<std::expected<std::string, std::error_code>> read_http_head(Stream& stream,
                                                                      std::size_t limit);

}  // namespace vscard::chardev
