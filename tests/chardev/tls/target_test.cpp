#include "chardev/tls/target.hpp"

#include <gtest/gtest.h>

namespace vscard::chardev::tls {
namespace {

TEST(TlsTarget, IsAHostOrAName) {
  EXPECT_EQ(host_of("tls://vmhost:2001"), "vmhost");
  EXPECT_EQ(host_of("tls://[::1]:2001"), "::1");
  EXPECT_EQ(host_of("nats://a:4222+b:4222/desk.alice"), "desk.alice");
}

TEST(TlsTarget, OverTcpHasASchemeOfItsOwn) {
  EXPECT_EQ(scheme_over("tcp://127.0.0.1:2001"), "tls");
  EXPECT_EQ(scheme_over("nats+tls://a:4222/desk.alice"), "nats+tls");
  EXPECT_EQ(scheme_over(""), "");
}

}  // namespace
}  // namespace vscard::chardev::tls
