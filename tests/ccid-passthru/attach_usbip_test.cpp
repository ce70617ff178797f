// What --print usbip prints, as a shell, usbip-win2 and systemd read it.

#include "ccid-passthru/attach_usbip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::ccid_passthru {
namespace {

using testing::HasSubstr;
using testing::Not;

ReaderSpec reader(const std::string& serial) {
  ReaderSpec spec;
  spec.identity.serial = serial;
  return spec;
}

std::string printed(const std::string& endpoint, const std::vector<ReaderSpec>& readers) {
  const auto text = usbip_commands(readers, chardev::parse_endpoint(endpoint).value());
  return text ? *text : "error: " + text.error().text;
}
std::string printed(const std::string& endpoint) { return printed(endpoint, {reader("s")}); }

TEST(AttachUsbip, NamesEachReaderByItsBusId) {
  ReaderSpec by_usbredir = reader("2");
  by_usbredir.usbredir = {chardev::parse_endpoint("listen:unix:/u").value()};
  const std::string text =
      printed("listen:tcp://192.0.2.1:3240", {reader("1"), by_usbredir, reader("3")});
  EXPECT_THAT(text, HasSubstr("\nusbip --tcp-port 3240 attach --remote 192.0.2.1 --busid 1-1\n"
                              "usbip --tcp-port 3240 attach --remote 192.0.2.1 --busid 1-2\n"));
  EXPECT_THAT(text, HasSubstr("\nusbip.exe --tcp-port 3240 attach -r 192.0.2.1 -b 1-2\n"));
  EXPECT_THAT(text, HasSubstr("grep -qsxF -e 3 /sys/bus/usb/devices/*/serial || "
                              "usbip --tcp-port 3240 attach --remote 192.0.2.1 --busid 1-2; "));
  EXPECT_THAT(text, Not(HasSubstr("1-3")));
  EXPECT_THAT(text, Not(HasSubstr("ssh")));
}

TEST(AttachUsbip, NamesTheReadersForAsManyCardsAsTheUserSays) {
  ReaderSpec desk = reader("1");
  desk.identity.name = "desk";
  desk.cards = 3;
  ReaderSpec long_name = reader("2");
  long_name.identity.name = std::string(30, 'x');
  long_name.cards = 2;
  const std::string text = printed("listen:tcp://192.0.2.1:3240", {desk, long_name});
  EXPECT_THAT(text,
              HasSubstr("--busid 1-1\n"
                        "usbip --tcp-port 3240 attach --remote 192.0.2.1 --busid 1-2\n"
                        "usbip --tcp-port 3240 attach --remote 192.0.2.1 --busid desk-2\n"
                        "usbip --tcp-port 3240 attach --remote 192.0.2.1 --busid desk-3\n\n"));
  EXPECT_THAT(text, HasSubstr("grep -qsxF -e " + default_serial("desk-3") +
                              " /sys/bus/usb/devices/*/serial || "
                              "usbip --tcp-port 3240 attach --remote 192.0.2.1 --busid desk-3; "));
  EXPECT_THAT(text, Not(HasSubstr("x-2"))) << "it has 32 bytes";
}

TEST(AttachUsbip, TellsWhatComesBeforeIt) {
  EXPECT_THAT(printed("listen:tcp://127.0.0.1:77"),
              HasSubstr("\nssh -N -L 77:127.0.0.1:77 THIS-HOST\n"));
  EXPECT_THAT(printed("listen:tcp://[::1]:77"), HasSubstr("\nssh -N -L 77:[::1]:77 THIS-HOST\n"));
  EXPECT_THAT(printed("listen:tcp://0.0.0.0:77"),
              HasSubstr("attach --remote THIS-HOST --busid 1-1"));
  EXPECT_THAT(printed("listen:unix:/run/a b"),
              HasSubstr("\nsocat TCP-LISTEN:3240,bind=127.0.0.1,fork,reuseaddr "
                        "'UNIX-CONNECT:/run/a b'\n"));
  EXPECT_THAT(printed("listen:unix:@a"), HasSubstr(" ABSTRACT-CONNECT:a\n"));
  EXPECT_THAT(printed("listen:vsock://any:99"), HasSubstr(" VSOCK-CONNECT:2:99\n"));
}

TEST(AttachUsbip, RefusesWhatItCannotShow) {
  EXPECT_THAT(printed("listen:tcp://127.0.0.1:0"), HasSubstr("needs a port"));
  EXPECT_THAT(printed("listen:tls://127.0.0.1:3240"), HasSubstr("not tls://"));
  EXPECT_THAT(printed("listen:tcp://127.0.0.1:3240", {}), HasSubstr("no reader"));
}

TEST(AttachUsbip, QuotesASerialNumberForTheShellAndForSystemd) {
  EXPECT_THAT(printed("listen:tcp://127.0.0.1:1", {reader("a'%$\"\\b")}),
              HasSubstr(R"(-e 'a'\\''%%$$\"\\b' /sys)"));
}

}  // namespace
}  // namespace vscard::ccid_passthru
