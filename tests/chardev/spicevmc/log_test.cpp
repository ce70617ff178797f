#include "chardev/spicevmc/log.hpp"

#include <gtest/gtest.h>

namespace vscard::chardev::spicevmc {
namespace {

TEST(SpicevmcLog, LeavesOutThePlaceInTheLibrary) {
  EXPECT_EQ(without_place("reds.cpp:1984:reds_handle_ticket: Invalid password"),
            "Invalid password");
  EXPECT_EQ(without_place("../server/red-channel.c:12:f: a: b"), "a: b");
  EXPECT_EQ(without_place("Invalid password"), "Invalid password");
  EXPECT_EQ(without_place("main.cpp of theirs: 1"), "main.cpp of theirs: 1");
  EXPECT_EQ(without_place("SSL_accept failed: 1"), "SSL_accept failed: 1");
  EXPECT_EQ(without_place(""), "");
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
