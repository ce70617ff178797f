#include "pcsc-bridge/reader/attributes.hpp"

#include "tests/fakes/hex.hpp"

extern "C" {
#include <ifdhandler.h>
}
#include <gtest/gtest.h>

#include <reader.h>

namespace vscard::pcsc_bridge::reader {
namespace {

using fakes::to_hex;

constexpr std::size_t kStock = 270;  ///< bytes

std::string text_of(std::uint64_t tag, const ReaderFacts& facts) {
  const auto value = attribute(tag, facts);
  return value ? to_hex(*value) : "none";
}

TEST(IfdAttributes, TellWhoMadeTheReader) {
  const ReaderFacts facts{.serial = "unix:/a", .card = {}};
  EXPECT_EQ(text_of(SCARD_ATTR_VENDOR_NAME, facts), "76736361726400");             // "vscard"
  EXPECT_EQ(text_of(SCARD_ATTR_VENDOR_IFD_SERIAL_NO, facts), "756e69783a2f6100");  // "unix:/a"
  EXPECT_EQ(text_of(SCARD_ATTR_VENDOR_IFD_VERSION, facts), "00000100");            // 0.1
  EXPECT_EQ(text_of(SCARD_ATTR_CHANNEL_ID, facts), "none");
}

TEST(IfdAttributes, TellTheLongestCommand) {
  EXPECT_EQ(text_of(SCARD_ATTR_MAXINPUT, {}), "0e010000");  // 270
  EXPECT_EQ(text_of(SCARD_ATTR_MAXINPUT,
                    {.serial = "", .max_command = protocol::vsc::kMaxPayload, .card = {}}),
            "08000100");  // 65544
}

TEST(IfdAttributes, TellTheDataOfExtendedCommands) {
  constexpr std::uint32_t kGetProperties = 0x42330012;
  EXPECT_EQ(to_hex(control(CM_IOCTL_GET_FEATURE_REQUEST, kStock).value()), "120442330012");
  // dwMaxAPDUDataSize: short APDUs alone; 65535 bytes
  EXPECT_EQ(to_hex(control(kGetProperties, kStock).value()), "0a0400000000");
  EXPECT_EQ(to_hex(control(kGetProperties, protocol::vsc::kMaxPayload).value()), "0a04ffff0000");
  EXPECT_EQ(control(CM_IOCTL_GET_FEATURE_REQUEST + 1, kStock), std::nullopt);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::reader
