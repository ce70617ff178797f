#include "chardev/vnc/message.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::chardev::vnc {
namespace {

using fakes::from_hex;
using fakes::to_hex;

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST(VncMessage, IsWrittenAsTheSpecificationHasIt) {
  EXPECT_EQ(to_hex(encode_announcement()),
            "02"          // SetEncodings
            "00"          // padding
            "0001"        // one
            "76736364");  // "vscd"
  EXPECT_EQ(to_hex(encode_offer()),
            "b2"              // Channel
            "01"              // Offer
            "0000"            // padding
            "00000006"        // length
            "767363617264");  // "vscard"
  EXPECT_EQ(to_hex(encode_data(from_hex("010203")).view()),
            "b2"        // Channel
            "00"        // Data
            "0000"      // padding
            "00000003"  // length
            "010203");
  EXPECT_EQ(encode_offer().size(), kOfferSize);
}

TEST(VncMessage, AnAnnouncementIsAnywhereInTheList) {
  EXPECT_TRUE(announces(from_hex("76736364")));
  // gtk-vnc's list, as recorded, with the announcement in it.
  EXPECT_TRUE(announces(from_hex("ffffff2100000010 76736364 00000005")));
  EXPECT_FALSE(announces(from_hex("ffffff21000000100000000500000002000000010000000300000000")));
  EXPECT_FALSE(announces(from_hex("0076736364000000"))) << "across two numbers";
  EXPECT_FALSE(announces({}));
}

TEST(VncMessage, KnowsTheVersions) {
  for (const char* later : {"RFB 003.008\n", "RFB 003.889\n", "RFB 005.000\n"}) {
    EXPECT_TRUE(has_38(bytes_of(later))) << later;
  }
  for (const char* other :
       {"RFB 003.007\n", "RFB 003.003\n", "SSH-2.0-Ope", "RFB 003.008", "RFB"}) {
    EXPECT_FALSE(has_38(bytes_of(other))) << other;
  }
  EXPECT_TRUE(is_38(bytes_of("RFB 003.008\n")));
  EXPECT_FALSE(is_38(bytes_of("RFB 003.889\n")));
  EXPECT_FALSE(is_rfb(bytes_of("SSH-2.0-Open")));
}

TEST(VncMessage, ReadsAnOfferOfThisChannelAlone) {
  EXPECT_TRUE(is_offer(from_hex("b201000000000006767363617264")));
  EXPECT_FALSE(is_offer(from_hex("b201000000000006767363617265")));
  EXPECT_FALSE(is_offer(from_hex("b200000000000006767363617264")));
  EXPECT_FALSE(is_offer(from_hex("0001000000000006767363617264")));
}

TEST(VncMessage, ReadsAHeader) {
  std::array<std::uint8_t, kChannelHeaderSize> header{0xb2, 0, 0, 0, 0, 1, 0, 0};
  EXPECT_EQ(decode_channel_header(header),
            (ChannelHeader{.kind = ChannelKind::Data, .length = 65536}));
  header[0] = 0xb3;
  EXPECT_EQ(decode_channel_header(header), std::nullopt);
}

}  // namespace
}  // namespace vscard::chardev::vnc
