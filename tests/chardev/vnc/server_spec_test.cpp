#include "chardev/vnc/server_spec.hpp"

#include "chardev/vnc/vnc.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unistd.h>

namespace vscard::chardev::vnc {
namespace {

Address address(const std::string& text) { return parse_address(text).value(); }

std::string error_of(const std::string& text) {
  const auto checked = check(address(text));
  return checked ? "" : checked.error().text;
}

std::string password_of(const Result<protocol::SecretBytes>& password) {
  if (!password) return password.error().text;
  return {password->view().begin(), password->view().end()};
}

TEST(VncServerSpec, ChecksItsAddress) {
  for (const char* good :
       {"vnc://127.0.0.1:0", "vnc://[::1]:5901,password-fd=3", "vnc://vmhost:1,password-file=p",
        "vnc://127.0.0.1:1,server=127.0.0.1:0", "vnc://127.0.0.1:1,server=unix:/run/vm1/vnc"}) {
    EXPECT_EQ(error_of(good), "") << good;
  }
  for (const char* bad : {"vnc://127.0.0.1", "vnc://h:1,password=secret", "vnc://h:1,server=h",
                          "vnc://h:1,server=unix:", "vnc://h:1,server=h:1,password-fd=3",
                          "vnc://h:1,password-fd=3,password-file=p"}) {
    EXPECT_NE(error_of(bad), "") << bad;
  }
  EXPECT_EQ(
      error_of("vnc://h:1,psk=keys"),
      "vnc:// has no key 'psk'; there are server, of listen:, password-file and password-fd, of "
      "connect:, and cert, key, ca and name");
}

TEST(VncServerSpec, HasTlsWithKeysOfTls) {
  for (const char* good :
       {"vnc://h:1,ca=ca.pem", "vnc://h:1,name=vmhost", "vnc://h:1,ca=a,cert=b",
        "vnc://h:1,server=h:0,cert=c,key=k", "vnc://h:1,server=h:0,cert=c,ca=a"}) {
    EXPECT_EQ(error_of(good), "") << good;
    EXPECT_TRUE(parse_tls(address(good))->has_value()) << good;
    EXPECT_FALSE(kVnc.reachable_unencrypted(address(good))) << good;
  }
  for (const char* bad : {"vnc://h:1,ca=", "vnc://h:1,key=k", "vnc://h:1,server=h:0,ca=a",
                          "vnc://h:1,server=h:0,cert=c,name=n"}) {
    EXPECT_NE(error_of(bad), "") << bad;
  }
  EXPECT_FALSE(parse_tls(address("vnc://h:1,password-file=p"))->has_value());
  EXPECT_EQ(kVnc.encrypted(address("vnc://h:1")), "vnc://h:1,ca=FILE");
}

TEST(VncServerSpec, LeadsToPorts) {
  EXPECT_EQ(parse_carrier(address("vnc://[::1]:1"))->text(), "tcp://[::1]:5901");
  EXPECT_EQ(parse_server(address("vnc://h:1,server=vmhost:2"))->text(), "tcp://vmhost:5902");
  EXPECT_EQ(parse_server(address("vnc://h:1,server=unix:/run/vnc"))->text(), "unix:/run/vnc");
  EXPECT_EQ(parse_server(address("vnc://h:1")).error().text,
            "the VNC server behind it is missing: add server=HOST:DISPLAY, or server=unix:PATH");
}

TEST(VncServerSpec, IsReachableByOthersUnlessItIsThisMachines) {
  EXPECT_FALSE(kVnc.reachable_unencrypted(address("vnc://127.0.0.1:1")));
  EXPECT_TRUE(kVnc.reachable_unencrypted(address("vnc://0.0.0.0:1")));
}

TEST(VncServerSpec, ReadsAPassword) {
  const vscard::test::TempFolder folder;
  const std::string file = folder.path() / "password";
  vscard::test::write_text(file, "letmein\n");
  EXPECT_EQ(password_of(PasswordReader(address("vnc://h:1").keys).read()), "");
  EXPECT_EQ(password_of(PasswordReader(address("vnc://h:1,password-file=" + file).keys).read()),
            "letmein");
}

TEST(VncServerSpec, RemembersWhatADescriptorGave) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "letmein\n", 8), 8);
  ::close(ends[1]);
  PasswordReader reader(address("vnc://h:1,password-fd=" + std::to_string(ends[0])).keys);
  EXPECT_EQ(password_of(reader.read()), "letmein");
  EXPECT_EQ(password_of(reader.read()), "letmein");
  ::close(ends[0]);
}

}  // namespace
}  // namespace vscard::chardev::vnc
