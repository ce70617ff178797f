#include "protocol/iso7816/names/status.hpp"

#include <gtest/gtest.h>

namespace vscard::protocol::iso7816::names {
namespace {

TEST(StatusText, IsAboutWhatTheStandardSays) {
  EXPECT_EQ(status_text(0x9000), "success");
  EXPECT_EQ(status_text(0x6a82), "not found");
  EXPECT_EQ(status_text(0x63c2), "tries left: 2");
  EXPECT_EQ(status_text(0x63cf), "tries left: 15 or more, or not counted");
  EXPECT_EQ(status_text(0x6110), "more: 16 bytes");
  EXPECT_EQ(status_text(0x6100), "more: 256 bytes");
  EXPECT_EQ(status_text(0x6c08), "wrong Le, right: 8");
  EXPECT_EQ(status_text(0x1234), "");
}

}  // namespace
}  // namespace vscard::protocol::iso7816::names
