#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vscard::protocol::vpcd {

/// The protocol of vpcd, the reader of the project vsmartcard, and of its virtual cards, `vicc` and
/// many others. It has no greeting and no version. Both ways a message is
///
///     length (2 bytes, big endian) | bytes (length)
///
/// A message of one byte from the reader is a Control, of which only GetAtr is answered: by the
/// ATR. All others are command APDUs, each answered by its response APDU before the reader sends
/// anything else. A card is in its reader while it is connected.
enum class Control : std::uint8_t {
  PowerOff = 0,
  PowerOn = 1,
  Reset = 2,  ///< a warm one; a cold one is PowerOff, PowerOn
  GetAtr = 4,
};

inline constexpr std::size_t kLengthSize = 2;      ///< bytes
inline constexpr std::size_t kMaxMessage = 65535;  ///< bytes, without their length
/// A command of one byte would be a Control.
inline constexpr std::size_t kMinCommand = 2;

/// Nothing: the message is not one that a reader sends for itself.
std::optional<Control> control_in(Bytes message);

/// Length and bytes, to be written at once: there are cards that take what one recv(2) gives for a
/// whole message. Precondition: at most kMaxMessage bytes.
SecretBytes encode(Bytes message);
SecretBytes encode(Control control);

/// Cuts a byte stream into messages. It holds at most one.
class Decoder {
 public:
  /// `bytes` must stay valid until next() has given "no message".
  void feed(Bytes bytes) { input_ = ByteReader(bytes); }
  std::optional<SecretBytes> next();

  /// Is part of a message held?
  bool in_message() const { return length_size_ > 0; }

 private:
  bool read_length();

  ByteReader input_{Bytes{}};
  std::array<std::uint8_t, kLengthSize> length_bytes_{};
  std::size_t length_size_ = 0;  ///< bytes of length_bytes_ that are there
  SecretBytes message_;          ///< with room for all of it, once its length is there
};

}  // namespace vscard::protocol::vpcd
