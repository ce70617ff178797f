#pragma once

#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace vscard::certs_test {

inline constexpr std::string_view kDefaultPin = "12345678";
/// What a CAC's VERIFY carries: OpenSC sends 4 to 8 characters, filled up to 8 with 0xFF.
inline constexpr std::size_t kMinPinLength = 4;
inline constexpr std::size_t kMaxPinLength = 8;

protocol::SecretBytes default_pin();

/// Letters, digits and ASCII punctuation, kMinPinLength to kMaxPinLength of them: what a guest can
/// type and the card can verify. (An NSS database without a password would accept any PIN.)
Result<> check_pin(const protocol::SecretBytes& pin);

/// The PIN with a terminating zero, as C libraries want it; wiped like the PIN itself.
class PinString {
 public:
  explicit PinString(const protocol::SecretBytes& pin);
  /// Valid as long as this object.
  const char* c_str() const;

 private:
  protocol::SecretBytes bytes_;
};

/// The first line of the file, checked.
Result<protocol::SecretBytes> read_pin_file(const std::filesystem::path& file);
/// The same from an open descriptor, which is not closed and keeps what follows the line. On a
/// terminal the user is asked for it.
Result<protocol::SecretBytes> read_pin_fd(int fd);

}  // namespace vscard::certs_test
