#include "session/vsc_link_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

namespace vscard::session {
namespace {

Result<VscLinkOptions> parse(const std::string& text) {
  return parse_vsc_link(text, chardev::standard_transports());
}
std::string refusal(const std::string& text) {
  const auto parsed = parse(text);
  return parsed ? "accepted" : parsed.error().text;
}

TEST(VscLinkOptions, AreOfAnEndpointAndItsPeer) {
  const auto link = parse("listen:unix:/a,mode=0660,peer-max-apdu=65544").value();
  EXPECT_EQ(link.link.endpoint, chardev::parse_endpoint("listen:unix:/a,mode=0660"));
  EXPECT_EQ(link.transport, &chardev::kUnix);
  EXPECT_EQ(link.peer, protocol::vsc::kAmpleLimits);
  EXPECT_TRUE(parse("connect:tcp://127.0.0.1:1").value().peer.stock());
}

TEST(VscLinkOptions, KeepToTheLimitsOfVsc) {
  EXPECT_EQ(parse("listen:unix:/a,peer-max-apdu=258").value().peer.max_command, 258U);
  for (const std::string bad : {"257", "65545", "", "0x200"}) {
    EXPECT_EQ(refusal("listen:unix:/a,peer-max-apdu=" + bad),
              "peer-max-apdu=" + bad + " is not a number from 258 to 65544");
  }
}

TEST(VscLinkOptions, SayHowLongAPeerMayBeSilent) {
  EXPECT_EQ(parse("listen:unix:/a").value().silence, std::chrono::seconds(5));
  EXPECT_EQ(parse("listen:unix:/a,keepalive=9").value().silence, std::chrono::seconds(9));
  EXPECT_EQ(parse("listen:unix:/a,keepalive=0").value().silence, protocol::Duration::zero());
  for (const std::string bad : {"-1", "3601", "", "5s"}) {
    EXPECT_EQ(refusal("listen:unix:/a,keepalive=" + bad),
              "keepalive=" + bad + " is not a number from 0 to 3600");
  }
}

TEST(VscLinkOptions, SayHowLongABrokenConversationWaits) {
  EXPECT_EQ(parse("listen:unix:/a").value().grace, std::chrono::seconds(10));
  EXPECT_EQ(parse("listen:unix:/a,grace=60").value().grace, std::chrono::seconds(60));
  EXPECT_EQ(parse("listen:unix:/a,grace=0").value().grace, protocol::Duration::zero());
  EXPECT_EQ(parse("connect:stdio:").value().grace, protocol::Duration::zero())
      << "there is no other stream";
  EXPECT_EQ(refusal("listen:unix:/a,grace=3601"), "grace=3601 is not a number from 0 to 3600");
}

TEST(VscLinkOptions, AreOfATransportThatThereIs) {
  EXPECT_THAT(refusal("listen:smoke:/a"),
              testing::StartsWith("'smoke' is not a transport; there are: tcp, unix, "));
  EXPECT_NE(refusal("listen:unix:/a,colour=red"), "accepted");
  EXPECT_NE(refusal("unix:/a"), "accepted");
}

TEST(VscLinkOptions, KnowWhichTransportsOnlyConnect) {
  chardev::Transport only = chardev::kTcp;
  only.scheme = "dial";
  only.only = chardev::Endpoint::Mode::Connect;
  const std::array<const chardev::Transport*, 1> transports{&only};
  EXPECT_TRUE(parse_vsc_link("connect:dial://127.0.0.1:1", transports));
  EXPECT_EQ(parse_vsc_link("listen:dial://127.0.0.1:1", transports).error().text,
            "dial can only connect: write connect: in place of listen:");
  EXPECT_TRUE(
      parse_vsc_link("listen:dial://", transports).error().text.starts_with("dial can only"))
      << "whatever the address is";
  only.only = chardev::Endpoint::Mode::Listen;
  EXPECT_EQ(parse_vsc_link("connect:dial://127.0.0.1:1", transports).error().text,
            "dial can only listen: write listen: in place of connect:");
}

}  // namespace
}  // namespace vscard::session
