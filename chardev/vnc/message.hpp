#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vscard::chardev::vnc {

using protocol::Bytes;

// RFB, RFC 6143: as much as it takes to log in and to find out what a client is. Big endian.

inline constexpr std::string_view kVersion = "RFB 003.008\n";
inline constexpr std::size_t kVersionSize = kVersion.size();

/// Security types, §7.2.
enum class Security : std::uint8_t {
  None = 1,
  VncPassword = 2,
  VeNCrypt = 19,  ///< another login inside TLS
};

/// VeNCrypt, of the RFB community's rfbproto:
///
///     server: version    client: version
///     server: 0          accepted
///     server: count, subtypes (4 bytes each)    client: subtype
///     server: 1          TLS begins
enum class Subtype : std::uint32_t {
  TlsNone = 257,   ///< TLS with an anonymous server, then as Security::None
  TlsVnc = 258,    ///< …, then as Security::VncPassword
  X509None = 260,  ///< TLS with the server's certificate, then as Security::None
  X509Vnc = 261,   ///< …, then as Security::VncPassword
};
inline constexpr std::array<std::uint8_t, 2> kVeNCryptVersion{0, 2};
inline constexpr std::uint8_t kVeNCryptOk = 0;
inline constexpr std::uint8_t kVeNCryptBegins = 1;
inline constexpr std::size_t kSubtypeSize = 4;  ///< bytes

/// With a certificate. Precondition: a login that there is inside.
Subtype subtype_of(Security login);
/// Nothing: none of these, or without a certificate.
std::optional<Security> login_of(Bytes subtype);

inline constexpr std::size_t kChallengeSize = 16;   ///< bytes, §7.2.2; so is the answer
inline constexpr std::size_t kResultSize = 4;       ///< bytes, §7.1.3; 0 is OK
inline constexpr std::uint8_t kShared = 1;          ///< ClientInit, §7.3.1: leaves others connected
inline constexpr std::size_t kServerInitSize = 24;  ///< bytes, §7.3.2; the name follows
inline constexpr std::size_t kMaxName = 4096;       ///< bytes
inline constexpr std::size_t kPixelFormatRest = 19;  ///< bytes of SetPixelFormat after its type
inline constexpr std::size_t kEncodingsRest = 3;     ///< … of SetEncodings, before the list
inline constexpr std::size_t kEncodingSize = 4;      ///< bytes
inline constexpr std::size_t kMaxEncodings = 1024;

/// Messages of clients, §7.5.
enum class ClientMessage : std::uint8_t {
  SetPixelFormat = 0,
  SetEncodings = 2,
};

bool is_rfb(Bytes version);
/// Can its sender speak 3.8?
bool has_38(Bytes version);
/// Does it speak 3.8, no more and no less?
bool is_38(Bytes version);
/// Of a SecurityResult.
bool is_ok(Bytes result);
/// Bytes of the name that follows a ServerInit.
std::uint32_t name_size(Bytes server_init);
/// Encodings in the list, of the bytes before it.
std::uint16_t encoding_count(Bytes rest);

// The extension, docs/vnc-extension.md.

/// "vscd": the pseudo-encoding by which a client announces that it is here for the channel.
inline constexpr std::uint32_t kChannelEncoding = 0x76736364;
/// Both ways, a message of the extension is
///
///     type (1 byte: 178) | kind (1) | 0 (2) | length (4) | bytes (length)
inline constexpr std::uint8_t kChannelMessage = 178;
inline constexpr std::size_t kChannelHeaderSize = 8;
inline constexpr std::size_t kMaxData = 65536;  ///< bytes in a message
inline constexpr std::string_view kChannelName = "vscard";

enum class ChannelKind : std::uint8_t {
  Data = 0,   ///< both ways: 1 to kMaxData bytes of the channel
  Offer = 1,  ///< from the server, once, first: the channel's name
};

struct ChannelHeader {
  ChannelKind kind{};
  std::uint32_t length = 0;
  bool operator==(const ChannelHeader&) const = default;
};

/// A SetEncodings that announces.
std::vector<std::uint8_t> encode_announcement();
bool announces(Bytes encodings);

inline constexpr std::size_t kOfferSize = kChannelHeaderSize + kChannelName.size();
std::vector<std::uint8_t> encode_offer();
bool is_offer(Bytes message);

/// Precondition: 1 to kMaxData bytes.
protocol::SecretBytes encode_data(Bytes bytes);
/// Nothing: it is not a message of the extension.
std::optional<ChannelHeader> decode_channel_header(
    std::span<const std::uint8_t, kChannelHeaderSize> bytes);

}  // namespace vscard::chardev::vnc
