#include "chardev/tls/keys.hpp"

#include "chardev/tls/tls.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::chardev::tls {
namespace {

Result<Keys> parse(const std::string& text) {
  return parse_keys(parse_address("tls://vmhost:2001" + text)->keys);
}
/// "" or what is wrong.
std::string check(const std::string& text) {
  const auto checked = kTls.check(*parse_address("tls://" + text));
  return checked ? "" : checked.error().text;
}

TEST(TlsKeys, AreFilesAndNames) {
  EXPECT_EQ(
      parse(",cert=c,key=k,ca=a,peer=one,peer=two"),
      (Keys{.cert = "c", .key = "k", .ca = "a", .name = "", .peers = {"one", "two"}, .psk = ""}));
  EXPECT_EQ(parse(",cert=both")->key, "both") << "as socat has it";
  EXPECT_EQ(parse(",name=vmhost")->name, "vmhost");
  EXPECT_EQ(parse(",psk=p")->psk, "p");
  EXPECT_EQ(parse(",ping=1"), Keys{}) << "another layer's";
}

TEST(TlsKeys, SayWhatDoesNotGoTogether) {
  EXPECT_EQ(check("vmhost:2001"), "");
  EXPECT_EQ(check("vmhost:2001,ping=1"),
            "tls:// has no key 'ping'; there are cert, key, ca, name, peer, psk and pair");
  EXPECT_EQ(check("vmhost"),
            "'vmhost' is not HOST:PORT (an IPv6 address stands in brackets: "
            "[::1]:2001)");
  EXPECT_EQ(check("vmhost:1,ca="), "ca= has no value");
  EXPECT_EQ(check("vmhost:1,psk=p,ca=a"), "psk= takes the place of certificates: leave out ca=");
  EXPECT_EQ(check("vmhost:1,key=k"), "key= needs cert=, the certificate that it belongs to");
  EXPECT_EQ(check("vmhost:1,cert=c,peer=p"),
            "peer= needs ca=, psk= or pair=, by which a client shows its name");
}

TEST(TlsKeys, OfAListenerSayWhoItIs) {
  EXPECT_FALSE(check_listener(*parse("")));
  EXPECT_FALSE(check_listener(*parse(",cert=c,name=vmhost")));
  EXPECT_TRUE(check_listener(*parse(",cert=c")));
  EXPECT_TRUE(check_listener(*parse(",psk=p")));
}

}  // namespace
}  // namespace vscard::chardev::tls
