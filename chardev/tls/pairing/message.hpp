#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

/// What two machines say to each other while they are paired, inside a TLS connection that only
/// those can have who know the code.
///
///      0      1..2    3..
///     type    size    body of so many bytes; numbers are big endian
namespace vscard::chardev::tls::pairing {

inline constexpr std::size_t kMaxName = 64;           ///< bytes
inline constexpr std::size_t kMaxCertificate = 2048;  ///< bytes; ours have 400
inline constexpr std::size_t kMaxProof = 256;         ///< bytes; ours have 72

/// Type 1. Body: size of the name (1 byte), name, size of the certificate (2 bytes), certificate,
/// and the proof to the end.
struct Introduction {
  std::string name;                       ///< of the machine; any bytes
  std::vector<std::uint8_t> certificate;  ///< X.509, DER
  std::vector<std::uint8_t> proof;        ///< that it has the key, in this connection

  bool operator==(const Introduction&) const = default;
};
/// Type 2, without a body: the other side's key is kept.
struct Kept {
  bool operator==(const Kept&) const = default;
};
/// Type 3, without a body: somebody else was paired with the code.
struct CodeUsed {
  bool operator==(const CodeUsed&) const = default;
};
using Message = std::variant<Introduction, Kept, CodeUsed>;

enum class MessageErrc {
  UnknownType = 1,
  TooLong,    ///< a size above its limit
  Malformed,  ///< a body that ends early, or goes on
};
const std::error_category& message_category();
inline std::error_code make_error_code(MessageErrc errc) {
  return {static_cast<int>(errc), message_category()};
}

/// Precondition: the parts keep their limits.
std::vector<std::uint8_t> encode(const Message& message);

class MessageDecoder {
 public:
  /// Split anywhere.
  void feed(protocol::Bytes bytes);
  /// Nothing: more has to come. After an error there is no next.
  std::expected<std::optional<Message>, MessageErrc> next();

 private:
  std::vector<std::uint8_t> buffer_;
};

}  // namespace vscard::chardev::tls::pairing

template <>
struct std::is_error_code_enum<vscard::chardev::tls::pairing::MessageErrc> : std::true_type {};
