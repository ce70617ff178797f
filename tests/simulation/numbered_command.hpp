#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <optional>

namespace vscard::tests::simulation {

/// A command that no other is like, and whose response is like no other's:
///
///     00 d0 00 00 | number (4) | size of the response (2) | 00 …
///     number (4) | bytes that follow from it … | 90 00
struct NumberedCommand {
  static constexpr std::size_t kMinSize = 10;
  static constexpr std::size_t kMinResponse = 6;

  std::uint32_t number = 0;
  std::size_t size = kMinSize;               ///< bytes
  std::size_t response_size = kMinResponse;  ///< bytes, with the status word
  bool operator==(const NumberedCommand&) const = default;

  protocol::SecretBytes encode() const;
  /// Nothing: it is none.
  static std::optional<NumberedCommand> parse(protocol::Bytes bytes);
  protocol::SecretBytes response() const;
};

}  // namespace vscard::tests::simulation
