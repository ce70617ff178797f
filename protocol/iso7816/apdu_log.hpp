#pragma once

#include "protocol/bytes.hpp"

#include <string>

namespace vscard::protocol::iso7816 {

/// Data bytes of a command that a log line shows at most.
inline constexpr std::size_t kMaxLoggedData = 32;

/// One line about a command for a trace log, which may be kept and mailed around, so that no PIN,
/// password or key may be in it:
///
///     00 a4 04 00, 7 bytes of data: a0 00 00 00 79 03 00, Ne 256
///     00 20 00 00, then 5 bytes not shown
///     malformed: 00 a4 04 00, then 2 bytes not shown
///
/// What follows the header is shown only for the few interindustry instructions known to be
/// harmless (the list is in apdu_log.cpp), without chaining or secure messaging. Of every other
/// command it is counted and not even parsed: where Lc is wrong, bytes of a PIN stand where Le
/// would be.
std::string describe_command(Bytes apdu);

/// One line about a response: its status word and how much data it has. The data is never shown:
/// deciphered keys and personal data come back in it.
///
///     90 00, 256 bytes of data
std::string describe_response(Bytes apdu);

}  // namespace vscard::protocol::iso7816
