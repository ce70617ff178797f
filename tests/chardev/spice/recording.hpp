#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vscard::chardev::spice::test {

using Stream = std::vector<std::uint8_t>;

/// What one side sent on one connection of tests/data/spice-session.txt, for example "main S".
Stream recorded(const std::string& who);

/// Bytes of recorded("main C") and ("card C") that are the beginning of a connection.
inline constexpr std::size_t kRecordedRequest = 38;
inline constexpr std::size_t kRecordedTicket = 132;
/// The same of recorded("main S") and ("card S"); the link's result is not in it.
inline constexpr std::size_t kRecordedMainReply = 16 + 186;
inline constexpr std::size_t kRecordedCardReply = 16 + 182;

}  // namespace vscard::chardev::spice::test
