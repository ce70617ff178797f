#include "ccid-passthru/usbip/endpoint.hpp"

#include "chardev/transports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::ccid_passthru::usbip {
namespace {

using testing::HasSubstr;

std::string parsed(const std::string& text) {
  const auto endpoint = parse_endpoint(text, chardev::peer_transports());
  return endpoint ? endpoint->address.text() : endpoint.error().text;
}

std::string refusal(const std::string& text) {
  const auto endpoint = parse_endpoint(text, chardev::peer_transports()).value();
  const auto* const transport =
      chardev::find_transport(chardev::peer_transports(), endpoint).value();
  const auto checked = check_exposure(endpoint.address, *transport);
  return checked ? "" : checked.error().text;
}

TEST(UsbipEndpoint, HasItsPortUnlessAnotherIsGiven) {
  EXPECT_EQ(parsed("listen:tcp://127.0.0.1"), "tcp://127.0.0.1:3240");
  EXPECT_EQ(parsed("listen:tcp://[::1]"), "tcp://[::1]:3240");
  EXPECT_EQ(parsed("listen:tcp://[::1]:77"), "tcp://[::1]:77");
  EXPECT_EQ(parsed("listen:tcp://localhost:0"), "tcp://localhost:0");
  EXPECT_EQ(parsed("listen:unix:/run/usbip"), "unix:/run/usbip");
  EXPECT_EQ(parsed("listen:vsock://any:3240"), "vsock://any:3240");
}

TEST(UsbipEndpoint, OnlyListens) {
  EXPECT_THAT(parsed("connect:tcp://127.0.0.1"), HasSubstr("write --usbip listen:"));
  EXPECT_THAT(parsed("listen:exec:cat"), HasSubstr("can only connect"));
  EXPECT_THAT(parsed("tcp://127.0.0.1"), HasSubstr("listen:"));
}

TEST(UsbipEndpoint, RefusesOtherMachinesAndShowsTheirWay) {
  EXPECT_EQ(refusal("listen:tcp://127.0.0.1"), "");
  EXPECT_EQ(refusal("listen:tcp://[::1]"), "");
  EXPECT_EQ(refusal("listen:unix:/run/usbip"), "");
  EXPECT_EQ(refusal("listen:vsock://any:3240"), "");
  for (const char* exposed : {"listen:tcp://0.0.0.0:77", "listen:tcp://[::]:77"}) {
    EXPECT_THAT(refusal(exposed),
                testing::AllOf(HasSubstr("'ssh -N -L 77:127.0.0.1:77 HOST'"),
                               HasSubstr("--insecure"), HasSubstr("listen:tls://")));
  }
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbip
