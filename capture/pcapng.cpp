#include "capture/pcapng.hpp"

namespace vscard::capture {
namespace {

using Writer = protocol::ByteWriter<Container>;

// Types of blocks.
constexpr std::uint32_t kSection = 0x0a0d0d0a;
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;

constexpr std::uint32_t kByteOrder = 0x1a2b3c4d;
constexpr std::uint32_t kUnknownSize = 0xffffffff;  ///< of a section, half of it
constexpr std::uint32_t kWholePacket = 0;           ///< snaplen: no limit

// Options, each of one kind of block. They end with an empty one.
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kUserApplication = 4;  ///< shb_userappl
constexpr std::uint16_t kName = 2;             ///< if_name
constexpr std::uint16_t kResolution = 9;       ///< if_tsresol
constexpr std::uint16_t kReceived = 4;         ///< isb_ifrecv
constexpr std::uint16_t kDropped = 5;          ///< isb_ifdrop

constexpr std::uint8_t kNanoseconds = 9;  ///< 10^-9 s

protocol::Bytes bytes_of(std::string_view text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

void add_bytes(Container& out, protocol::Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void pad(Container& out, std::size_t begin) {
  while ((out.size() - begin) % 4 != 0) out.push_back(0);
}

/// Its length fits 16 bits: a name is cut, and all else is ours.
void add_option(Container& out, std::uint16_t code, protocol::Bytes value) {
  Writer writer(out);
  writer.u16_le(code);
  writer.u16_le(static_cast<std::uint16_t>(value.size()));
  const std::size_t begin = out.size();
  add_bytes(out, value);
  pad(out, begin);
}

void add_number(Container& out, std::uint16_t code, std::uint64_t number) {
  Writer writer(out);
  writer.u16_le(code);
  writer.u16_le(sizeof number);
  writer.u32_le(static_cast<std::uint32_t>(number));
  writer.u32_le(static_cast<std::uint32_t>(number >> 32));
}

/// The upper half first, unlike all other numbers.
void add_time(Writer& writer, Moment when) {
  const auto count = static_cast<std::uint64_t>(when.time_since_epoch().count());
  writer.u32_le(static_cast<std::uint32_t>(count >> 32));
  writer.u32_le(static_cast<std::uint32_t>(count));
}

/// A block in the making: its length stands at both ends, when it is known.
class Block {
 public:
  Block(Container& out, std::uint32_t type) : out_(out), begin_(out.size()) {
    Writer writer(out_);
    writer.u32_le(type);
    writer.u32_le(0);
  }
  void end() {
    const auto size = static_cast<std::uint32_t>(out_.size() - begin_ + sizeof(std::uint32_t));
    Writer(out_).u32_le(size);
    for (unsigned i = 0; i < sizeof size; ++i) {
      out_[begin_ + 4 + i] = static_cast<std::uint8_t>(size >> (8 * i));
    }
  }

 private:
  Container& out_;
  std::size_t begin_;
};

}  // namespace

//     | byte order | 1 | 0 | section size, unknown | options
/// The type reads the same in either byte order.
bool begins_section(std::span<const std::uint8_t, kSectionStart> start) {
  return start[0] == 0x0a && start[1] == 0x0d && start[2] == 0x0d && start[3] == 0x0a;
}

void append_section(Container& out, std::string_view application) {
  Block block(out, kSection);
  Writer writer(out);
  writer.u32_le(kByteOrder);
  writer.u16_le(1);  // version 1.0
  writer.u16_le(0);
  writer.u32_le(kUnknownSize);
  writer.u32_le(kUnknownSize);
  add_option(out, kUserApplication, bytes_of(application));
  add_option(out, kEndOfOptions, {});
  block.end();
}

//     | link type | 0 | snaplen | options
void append(Container& out, const InterfaceBlock& interface) {
  Block block(out, kInterface);
  Writer writer(out);
  writer.u16_le(static_cast<std::uint16_t>(interface.link));
  writer.u16_le(0);
  writer.u32_le(kWholePacket);
  add_option(out, kName, bytes_of(std::string_view(interface.name).substr(0, kMaxName)));
  add_option(out, kResolution, {&kNanoseconds, 1});
  add_option(out, kEndOfOptions, {});
  block.end();
}

//     | interface | time | size in the file | size | bytes, padded | options
void append(Container& out, const PacketBlock& packet) {
  Block block(out, kEnhancedPacket);
  Writer writer(out);
  writer.u32_le(packet.interface);
  add_time(writer, packet.when);
  const auto size = static_cast<std::uint32_t>(packet.head.size() + packet.body.size());
  writer.u32_le(size);
  writer.u32_le(size);
  const std::size_t begin = out.size();
  add_bytes(out, packet.head);
  add_bytes(out, packet.body);
  pad(out, begin);
  if (!packet.comment.empty()) {
    add_option(out, kComment, bytes_of(packet.comment));
    add_option(out, kEndOfOptions, {});
  }
  block.end();
}

//     | interface | time | options
void append(Container& out, const StatisticsBlock& statistics) {
  Block block(out, kStatistics);
  Writer writer(out);
  writer.u32_le(statistics.interface);
  add_time(writer, statistics.when);
  add_number(out, kReceived, statistics.received);
  add_number(out, kDropped, statistics.dropped);
  add_option(out, kEndOfOptions, {});
  block.end();
}

std::size_t whole_blocks(protocol::Bytes blocks, std::size_t size) {
  std::size_t whole = 0;
  while (true) {
    protocol::ByteReader in(blocks.subspan(whole));
    in.u32_le();  // type
    const std::size_t next = whole + in.u32_le();
    if (!in.ok() || next > size || next <= whole) return whole;
    whole = next;
  }
}

}  // namespace vscard::capture
