#pragma once

#include "chardev/spice/errc.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/message.hpp"

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
/// A card message is a VSC message, with a header of three words.
inline constexpr std::size_t kMaxCardMessage =
    protocol::vsc::kHeaderSize + protocol::vsc::kMaxPayload;
/// Bytes of any message; a bound of ours. A ping that measures a network has 250 000.
inline constexpr std::size_t kMaxMessage = 1U << 20;

/// The same number means different things in each direction, and from 101 on on each channel.
enum class ServerMessage : std::uint16_t {
  Migrate = 1,
  SetAck = 3,
  Ping = 4,
  Disconnecting = 6,
  Card = 101,              ///< on the smart card channel
  MainMigrateBegin = 101,  ///< on the main channel, as the others from here on
  MainInit = 103,
  MainChannelsList = 104,
  MainMigrateSwitch = 111,
  MainMigrateSeamless = 116,
};

enum class ClientMessage : std::uint16_t {
  AckSync = 1,
  Ack = 2,
  Pong = 3,
  Card = 101,
  MainAttachChannels = 104,  ///< asks for the list of channels
};

/// As much of a message as matters here.
struct Message {
  ServerMessage type{};
  protocol::SecretBytes body;  ///< its first bytes; all of a card message and of a list
};

/// Cuts what a server sends into messages; feed() and next() as with protocol::vsc::Decoder. It
/// holds no more than kMaxCardMessage bytes: of what does not matter nothing.
class MessageDecoder {
 public:
  void feed(Bytes bytes) { input_ = protocol::ByteReader(bytes); }
  std::expected<std::optional<Message>, Errc> next();
  /// Has part of a message come?
  bool in_message() const { return header_size_ > 0; }

 private:
  bool read_header();
  bool read_body();

  protocol::ByteReader input_{Bytes{}};
  std::array<std::uint8_t, kMessageHeader> header_{};
  std::size_t header_size_ = 0;  ///< bytes of header_ that are there
  ServerMessage type_{};         ///< valid iff header_size_ == kMessageHeader, as what follows
  std::size_t missing_ = 0;      ///< bytes of the body that are still to come
  protocol::SecretBytes body_;   ///< its capacity is what is to be kept
  std::optional<Errc> error_;
};

}  // namespace vscard::chardev::spice
