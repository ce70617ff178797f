#pragma once

#include "chardev/spice/errc.hpp"
#include "protocol/bytes.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

/// How a SPICE connection begins (spice/protocol.h), every integer little endian. Each channel has
/// a connection of its own.
///
///     client: "REDQ" major minor size | session, type, id, capabilities
///     server: "REDQ" major minor size | error, RSA key, capabilities
///     client: authentication 1        | ticket: the password, encrypted for that key
///     server: result
namespace vscard::chardev::spice {

using protocol::Bytes;

enum class ChannelType : std::uint8_t { Main = 1, SmartCard = 8, Usbredir = 9, Port = 10 };
/// Tells apart the channels of one type. A server counts them from 0.
enum class ChannelNumber : std::uint8_t {};
struct ChannelId {
  ChannelType type{};
  ChannelNumber number{};
  auto operator<=>(const ChannelId&) const = default;
};
/// Joins the channels of one client. The server gives it on the main channel.
enum class SessionId : std::uint32_t {};
/// What a main channel is linked with.
inline constexpr SessionId kNewSession{0};

inline constexpr std::size_t kMagicSize = 4;        ///< bytes
inline constexpr std::size_t kLinkHeaderRest = 12;  ///< bytes after the magic
inline constexpr std::size_t kPublicKeySize = 162;  ///< bytes: RSA-1024, DER
inline constexpr std::size_t kTicketSize = 128;     ///< bytes: RSA-1024
inline constexpr std::size_t kLinkResultSize = 4;   ///< bytes
/// Bytes of a server's reply; a bound of ours. Today's servers send 186.
inline constexpr std::size_t kMaxLinkReply = 4096;

/// SpiceLinkErr of spice/enums.h.
enum class LinkStatus : std::uint32_t {
  Ok = 0,
  VersionMismatch = 4,
  NeedSecured = 5,
  NeedUnsecured = 6,
  PermissionDenied = 7,
  BadConnectionId = 8,
  ChannelNotAvailable = 9,
};

struct LinkReply {
  LinkStatus status{};
  std::array<std::uint8_t, kPublicKeySize> public_key{};
  std::uint32_t capabilities = 0;  ///< bits of CommonCapability
};

enum class CommonCapability : std::uint32_t {
  AuthSelection = 1U << 0,
  AuthSpice = 1U << 1,
  AuthSasl = 1U << 2,
  MiniHeader = 1U << 3,
};

constexpr bool has(std::uint32_t capabilities, CommonCapability capability) {
  return (capabilities & static_cast<std::uint32_t>(capability)) != 0;
}

std::vector<std::uint8_t> encode_link_request(ChannelId channel, SessionId session);
/// Authentication by ticket, and the ticket.
std::vector<std::uint8_t> encode_authentication(Bytes ticket);

/// The first bytes of a reply: is it SPICE?
std::expected<void, Errc> check_magic(Bytes magic);
/// What follows the magic; gives the size of the reply that follows, at most kMaxLinkReply.
std::expected<std::size_t, Errc> decode_link_header(Bytes rest);
std::expected<LinkReply, Errc> decode_link_reply(Bytes reply);
LinkStatus decode_link_result(Bytes result);

}  // namespace vscard::chardev::spice
