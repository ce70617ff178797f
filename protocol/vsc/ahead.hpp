#pragma once

#include "protocol/bytes.hpp"
#include "protocol/errc.hpp"
#include "protocol/secret.hpp"

#include <cstddef>
#include <expected>
#include <vector>

namespace vscard::protocol::vsc {

inline constexpr std::size_t kMaxAheadExchanges = 64;  ///< in one Ahead; a bound of ours

/// A command, and what the card has answered it.
struct Exchange {
  SecretBytes command;
  SecretBytes response;
  bool operator==(const Exchange&) const = default;
};

/// Client to host, of the extension, right before the response of a command: what its card has
/// answered since to commands that the host is expected to send next (docs/vsc-extension.md §6).
struct Ahead {
  std::vector<Exchange> exchanges;  ///< in the order in which the card had them
  bool operator==(const Ahead&) const = default;
};

/// Bytes of one exchange in the message.
std::size_t encoded_size(const Exchange& exchange);
std::size_t encoded_size(const Ahead& ahead);
/// For each: length of the command (u16), command, length of the response (u16), response.
void write_exchanges(ByteWriter<SecretBytes>& out, const Ahead& ahead);
/// Errc::BadExtension: something is cut off, a command has no header or a response no status word,
/// or there are more than kMaxAheadExchanges.
std::expected<Ahead, Errc> read_exchanges(Bytes payload);

}  // namespace vscard::protocol::vsc
