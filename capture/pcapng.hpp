#pragma once

#include "protocol/bytes.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), little endian, each appended to `out`:
///
///     0      4        8              size - 4
///     | type | size   | body …       | size |     padded to four bytes
///
/// A file begins with a section. Interfaces stand before their packets, and are numbered from 0 in
/// the order of their blocks. Wireshark, tshark and others read it.
namespace vscard::capture {

using Container = std::vector<std::uint8_t>;
using Moment = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

inline Moment now() { return std::chrono::system_clock::now(); }

/// What the bytes of an interface's packets are, of the registry at tcpdump.org/linktypes.html.
enum class LinkType : std::uint16_t {
  UsbLinux = 220,  ///< usb_packet.hpp
  UpperPdu = 252,  ///< apdu_packet.hpp
};

inline constexpr std::size_t kMaxName = 1024;  ///< bytes

struct InterfaceBlock {
  LinkType link{};
  std::string name;  ///< what is beyond kMaxName is left out
  bool operator==(const InterfaceBlock&) const = default;
};

struct PacketBlock {
  std::uint32_t interface = 0;  ///< its number
  Moment when;
  protocol::Bytes head;  ///< the packet is `head`, then `body`
  protocol::Bytes body;
  std::string_view comment;  ///< or empty
};

struct StatisticsBlock {
  std::uint32_t interface = 0;
  Moment when;
  std::uint64_t received = 0;  ///< packets, the dropped ones among them
  std::uint64_t dropped = 0;
};

/// Bytes that tell a section.
inline constexpr std::size_t kSectionStart = 4;
bool begins_section(std::span<const std::uint8_t, kSectionStart> start);

/// `application` is what has made the file, with its version.
void append_section(Container& out, std::string_view application);
void append(Container& out, const InterfaceBlock& interface);
void append(Container& out, const PacketBlock& packet);
void append(Container& out, const StatisticsBlock& statistics);

/// Bytes of the whole blocks among the first `size` bytes of `blocks`.
std::size_t whole_blocks(protocol::Bytes blocks, std::size_t size);

}  // namespace vscard::capture
