#pragma once

#include "chardev/spice/errc.hpp"
#include "chardev/spice/link_message.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

/// What is said on a SPICE channel once it is linked (spice/enums.h), every integer little endian:
///
///      0      2      6             6 + size
///     +------+------+-------------+
///     | type | size |  body …     |
///     +------+------+-------------+
namespace vscard::chardev::spice {

using protocol::Bytes;

inline constexpr std::size_t kMessageHeader = 6;  ///< bytes
/// Bytes of any message; a bound of ours. A ping that measures a network has 250 000.
inline constexpr std::size_t kMaxMessage = 1U << 20;

/// Messages that every channel has. The same number means different things in each direction, and
/// from kFirstOwnMessage on on each channel.
enum class ServerMessage : std::uint16_t {
  Migrate = 1,
  SetAck = 3,
  Ping = 4,
  Disconnecting = 6,
};
enum class ClientMessage : std::uint16_t {
  AckSync = 1,
  Ack = 2,
  Pong = 3,
};
inline constexpr ServerMessage kFirstOwnMessage{101};

/// Bytes of a message's body that are kept; the error: it cannot have this size.
using Kept = std::expected<std::size_t, Errc>;
/// The first `bytes`, of what has a fixed layout.
Kept keep_first(std::size_t bytes, std::size_t size);
/// All, of what has at most `limit` bytes.
Kept keep_all(std::size_t size, std::size_t limit);

/// What sets a channel apart from others: its messages from kFirstOwnMessage on.
struct ChannelKind {
  ChannelType type{};
  Kept (*kept)(ServerMessage type, std::size_t size) = nullptr;
  /// Does the message say that the virtual machine moves to another host?
  bool (*is_migration)(ServerMessage type) = nullptr;
};

/// A message for the server.
protocol::SecretBytes encode_message(ClientMessage type, Bytes body);

/// As much of a message as matters here.
struct Message {
  ServerMessage type{};
  protocol::SecretBytes body;  ///< as much of it as its channel keeps
};

/// Cuts what a server sends into messages; feed() and next() as with protocol::vsc::Decoder. It
/// holds no more than the channel keeps of a message.
class MessageDecoder {
 public:
  explicit MessageDecoder(const ChannelKind& channel) : channel_(channel) {}

  void feed(Bytes bytes) { input_ = protocol::ByteReader(bytes); }
  std::expected<std::optional<Message>, Errc> next();
  /// Has part of a message come?
  bool in_message() const { return header_size_ > 0; }

 private:
  Kept kept() const;
  bool read_header();
  bool read_body();

  const ChannelKind& channel_;
  protocol::ByteReader input_{Bytes{}};
  std::array<std::uint8_t, kMessageHeader> header_{};
  std::size_t header_size_ = 0;  ///< bytes of header_ that are there
  ServerMessage type_{};         ///< valid iff header_size_ == kMessageHeader, as what follows
  std::size_t missing_ = 0;      ///< bytes of the body that are still to come
  protocol::SecretBytes body_;   ///< its capacity is what is to be kept
  std::optional<Errc> error_;
};

}  // namespace vscard::chardev::spice
