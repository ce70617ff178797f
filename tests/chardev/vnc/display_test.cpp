#include "chardev/vnc/display.hpp"

#include <gtest/gtest.h>

namespace vscard::chardev::vnc {
namespace {

std::string port_of(const std::string& location) {
  const auto target = parse_display(location);
  return target ? target->port : target.error().text;
}

TEST(VncDisplay, IsANumberBelowAHundred) {
  EXPECT_EQ(port_of("vmhost:0"), "5900");
  EXPECT_EQ(port_of("[::1]:99"), "5999");
  EXPECT_EQ(port_of("vmhost:100"), "100");
  EXPECT_EQ(port_of("vmhost:5901"), "5901");
  EXPECT_NE(port_of("vmhost"), "");
  EXPECT_NE(port_of("vmhost:65536"), "65536");
}

}  // namespace
}  // namespace vscard::chardev::vnc
