#include "session/exposure.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::session {
namespace {

std::string refusal(const std::string& text) {
  const auto endpoint = chardev::parse_endpoint(text);
  const auto safe = check_exposure(*endpoint, chardev::kTcp, "pass --insecure");
  return safe ? "" : safe.error().text;
}

TEST(Exposure, IsNoneOnThisMachine) {
  EXPECT_EQ(refusal("listen:tcp://127.0.0.1:2001"), "");
  EXPECT_EQ(refusal("connect:tcp://[::1]:2001"), "");
}

TEST(Exposure, IsRefusedWithTheWayToPair) {
  EXPECT_EQ(refusal("connect:tcp://vmhost:2001"),
            "will not connect to tcp://vmhost:2001: PINs would go unencrypted; use "
            "connect:tls://vmhost:2001,pair=DIR after 'vscclient pair tls://vmhost:2001', or "
            "'connect:exec:ssh -W localhost:2001 vmhost', or pass --insecure");
  EXPECT_EQ(refusal("listen:tcp://0.0.0.0:2001"),
            "will not listen on tcp://0.0.0.0:2001: PINs would go unencrypted, and anyone who can "
            "reach it can use the card; use listen:tls://0.0.0.0:2001,pair=DIR, which shows a "
            "code for 'vscclient pair', or listen on 127.0.0.1 and let the other side "
            "'connect:exec:ssh -W localhost:2001 HOST', or pass --insecure");
}

}  // namespace
}  // namespace vscard::session
