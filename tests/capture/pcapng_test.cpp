// The blocks of a pcapng file, byte for byte; tests/interop/capture.sh has tshark read such files.

#include "capture/pcapng.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

namespace vscard::capture {
namespace {

using fakes::from_hex;
using fakes::to_hex;

// 2025-11-24 16:00:00.000000001 in nanoseconds: 187afca7_67ca0001.
constexpr Moment kWhen{std::chrono::nanoseconds{1764000000000000001}};

TEST(Pcapng, BeginsWithASection) {
  Container out;
  append_section(out, "vscard 1");
  EXPECT_EQ(out, from_hex("0a0d0d0a"           // type
                          "2c000000"           // size: 44
                          "4d3c2b1a"           // byte order
                          "0100 0000"          // version 1.0
                          "ffffffff ffffffff"  // size of the section: unknown
                          "0400 0800"          // shb_userappl, 8 bytes
                          "7673636172642031"   // "vscard 1"
                          "0000 0000"          // end of the options
                          "2c000000"));
}

TEST(Pcapng, NamesInterfaces) {
  Container out;
  append(out, InterfaceBlock{.link = LinkType::UpperPdu, .name = "alice"});
  EXPECT_EQ(out, from_hex("01000000"                    // type
                          "2c000000"                    // size: 44
                          "fc00 0000"                   // link type 252
                          "00000000"                    // snaplen: no limit
                          "0200 0500 616c696365000000"  // if_name "alice", padded
                          "0900 0100 09000000"          // if_tsresol: nanoseconds
                          "0000 0000"                   // end of the options
                          "2c000000"));
}

TEST(Pcapng, PadsPackets) {
  Container out;
  const auto head = from_hex("0102");
  const auto body = from_hex("030405");
  append(out,
         PacketBlock{.interface = 7, .when = kWhen, .head = head, .body = body, .comment = {}});
  EXPECT_EQ(out, from_hex("06000000"           // type
                          "28000000"           // size: 40
                          "07000000"           // interface
                          "a7fc7a18 0100ca67"  // time, upper half first
                          "05000000 05000000"  // bytes in the file, and of the packet
                          "0102030405 000000"  // the packet, padded
                          "28000000"));
}

TEST(Pcapng, CommentsOnPackets) {
  Container out;
  const auto body = from_hex("01020304");
  append(out,
         PacketBlock{.interface = 0, .when = kWhen, .head = {}, .body = body, .comment = "no PIN"});
  EXPECT_EQ(out, from_hex("06000000 34000000 00000000 a7fc7a18 0100ca67 04000000 04000000"
                          "01020304"
                          "0100 0600 6e6f2050494e 0000"  // opt_comment, padded
                          "0000 0000"                    // end of the options
                          "34000000"));
}

TEST(Pcapng, CountsPackets) {
  Container out;
  append(out,
         StatisticsBlock{.interface = 1, .when = kWhen, .received = 0x100000002, .dropped = 3});
  EXPECT_EQ(out, from_hex("05000000"                    // type
                          "34000000"                    // size: 52
                          "01000000"                    // interface
                          "a7fc7a18 0100ca67"           // time
                          "0400 0800 0200000001000000"  // isb_ifrecv
                          "0500 0800 0300000000000000"  // isb_ifdrop
                          "0000 0000"                   // end of the options
                          "34000000"));
}

TEST(Pcapng, CutsLongNames) {
  Container longest;
  append(longest, InterfaceBlock{.link = {}, .name = std::string(kMaxName, 'a')});
  Container longer;
  append(longer, InterfaceBlock{.link = {}, .name = std::string(70'000, 'a')});
  EXPECT_EQ(longer, longest);
}

TEST(Pcapng, KnowsWhereBlocksEnd) {
  Container blocks;
  append_section(blocks, "vscard 1");
  append(blocks, InterfaceBlock{.link = LinkType::UpperPdu, .name = "alice"});
  for (std::size_t size = 0; size <= blocks.size(); ++size) {
    EXPECT_EQ(whole_blocks(blocks, size), size < 44 ? 0U : size < 88 ? 44U : 88U) << size;
  }
  EXPECT_EQ(whole_blocks(from_hex("06000000 00000000 06000000"), 12), 0U) << "no block has no size";
}

TEST(Pcapng, AppendsToWhatIsThere) {
  Container out = from_hex("ffff");
  append(out, InterfaceBlock{.link = LinkType::UsbLinux, .name = "bob!"});
  EXPECT_EQ(to_hex(out),
            "ffff0100000028000000dc0000000000000002000400626f62210900010009000000"
            "0000000028000000");
}

}  // namespace
}  // namespace vscard::capture
