#include "chardev/endpoint.hpp"

#include "chardev/socket_file.hpp"
#include "chardev/tcp.hpp"
#include "chardev/transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::chardev {
namespace {

TEST(KeyList, SplitsAtSingleCommas) {
  const auto list = parse_key_list("head,db=/a,cert=x,,y,cert=z=1");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->head, "head");
  EXPECT_EQ(list->last("db"), "/a");
  EXPECT_EQ(list->all("cert"), (std::vector<std::string>{"x,y", "z=1"}));
  EXPECT_EQ(list->last("cert"), "z=1");
  EXPECT_EQ(list->last("name"), std::nullopt);
  EXPECT_EQ(list->other_than({"db", "cert"}), std::nullopt);
  EXPECT_EQ(list->other_than({"db"}), "cert");
}

TEST(KeyList, RefusesAPartThatIsNoKey) {
  for (const char* text : {"head,", "head,x", "head,=x", "head,a=1,", "a,,,b"}) {
    EXPECT_FALSE(parse_key_list(text)) << text;
  }
}

TEST(Endpoint, HasAModeAndAnAddress) {
  const auto tcp = parse_endpoint("listen:tcp://127.0.0.1:2001");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->mode, Endpoint::Mode::Listen);
  EXPECT_EQ(tcp->address.scheme, "tcp");
  EXPECT_EQ(tcp->address.location, "127.0.0.1:2001");
  EXPECT_EQ(tcp->address.text(), "tcp://127.0.0.1:2001");

  const auto file = parse_endpoint("connect:unix:/run/a,,b.sock,mode=0660");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->mode, Endpoint::Mode::Connect);
  EXPECT_EQ(file->address.location, "/run/a,b.sock");
  EXPECT_EQ(file->address.keys.last("mode"), "0660");
  EXPECT_EQ(file->address.text(), "unix:/run/a,b.sock");
}

TEST(Endpoint, IsWrittenAsItWasGiven) {
  for (const std::string text :
       {"tcp://[::1]:2001", "unix:@abstract", "spice+tls://host:5901", "spice:/tmp/console.vv",
        "spice:console.vv", "spice+unix:/run/vm1.spice", "spicevmc://127.0.0.1:0",
        "stdio:", "exec:ssh -W localhost:1 vmhost:2", "fd:3", "nats://a:1+[::1]:2/card"}) {
    EXPECT_EQ(parse_address(text).value().text(), text);
  }
}

TEST(Endpoint, NeedsNoModeForStandardStreams) {
  EXPECT_EQ(parse_endpoint("stdio:"), parse_endpoint("connect:stdio:"));
}

TEST(Transport, DoesWhatTheEndpointSays) {
  const auto refusal = [](const char* text) {
    const auto found = find_transport(standard_transports(), parse_endpoint(text).value());
    return found ? "" : found.error().text;
  };
  EXPECT_EQ(refusal("stdio:"), "");
  EXPECT_EQ(refusal("listen:stdio:"), "stdio can only connect: write connect: in place of listen:");
  EXPECT_EQ(refusal("listen:exec:cat"),
            "exec can only connect: write connect: in place of listen:");
  EXPECT_EQ(refusal("connect:exec:"), "exec: needs a command");
  EXPECT_EQ(refusal("listen:fd:"), "fd: needs a number, a name, or systemd");
  EXPECT_EQ(refusal("connect:stdio:x"), "stdio: stands alone");
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const char* text :
       {"", "tcp://127.0.0.1:1", "listen:", "listen:here", "connect::1", "Listen:unix:/a"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(HostPort, TakesNamesAddressesAndBrackets) {
  EXPECT_EQ(parse_host_port("vmhost:2001"), (HostPort{"vmhost", "2001"}));
  EXPECT_EQ(parse_host_port("[::1]:0"), (HostPort{"::1", "0"}));
  EXPECT_EQ(parse_host_port("127.0.0.1:65535"), (HostPort{"127.0.0.1", "65535"}));
}

TEST(HostPort, RefusesWhatIsNone) {
  for (const char* text :
       {"", ":1", "host", "host:", "host:65536", "host:-1", "host:1x", "::1:80", "[::1]", "[]:1"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(HostPort, KnowsWhatThisMachineAloneReaches) {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"}) {
    EXPECT_TRUE((HostPort{host, "1"}.loopback())) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "vmhost", "localhost.example",
                           "127.evil.example", "127.0.0.1.example", "127.1", "::ffff:127.0.0.1"}) {
    EXPECT_FALSE((HostPort{host, "1"}.loopback())) << host;
  }
}

TEST(HostPort, IsOnThisMachineWhereverAResolverWouldLead) {
  EXPECT_THAT(hosts_of({"localhost", "1"}), testing::ElementsAre("::1", "127.0.0.1"));
  EXPECT_THAT(hosts_of({"vmhost", "1"}), testing::ElementsAre("vmhost"));
}

/// The line for the user, or "" for an address that is taken.
std::string refusal(const char* text) {
  const auto address = parse_address(text);
  if (!address) return address.error().text;
  const auto transport = find_transport(standard_transports(), *address);
  return transport ? "" : transport.error().text;
}

TEST(Transport, ChecksAddresses) {
  EXPECT_EQ(refusal("tcp://localhost:1"), "");
  EXPECT_EQ(refusal("unix:@name"), "");
  EXPECT_EQ(refusal("unix:/run/x.sock,mode=0660,user=root,group=root"), "");
  EXPECT_THAT(refusal("ipx://x"),
              testing::StartsWith("'ipx' is not a transport; there are: tcp, unix, "));
  EXPECT_EQ(refusal("tcp://localhost:1,mode=0600"), "tcp:// has no key 'mode'");
  EXPECT_EQ(refusal("unix:"), "unix: needs a path");
  for (const char* key : {"mode=0600", "user=root", "group=root"}) {
    EXPECT_EQ(refusal((std::string("unix:@name,") + key).c_str()),
              "unix:@NAME takes no mode, user and group: every local user can connect");
  }
  EXPECT_EQ(refusal("unix:/x,mode=0999"),
            "mode=0999 is not a file mode; expected for example 0660");
  EXPECT_EQ(refusal("unix:/x,mode=1777"),
            "mode=1777 is not a file mode; expected for example 0660");
  EXPECT_EQ(refusal("unix:/x,user=no such user,group=no such group"), "") << "not yet";
  const std::string longest = "unix:/" + std::string(106, 'x');
  EXPECT_EQ(refusal(longest.c_str()), "");
  EXPECT_NE(refusal((longest + "x").c_str()), "");
}

TEST(SocketAccess, HasTheIdsOfUserAndGroup) {
  const auto access = [](const char* text) { return socket_access(parse_address(text).value()); };
  EXPECT_EQ(access("unix:/x,mode=0660,user=root,group=root").value().user, 0U);
  EXPECT_EQ(access("unix:/x,user=no such user").error().text, "there is no user 'no such user'");
  EXPECT_EQ(access("unix:/x,group=no such group").error().text,
            "there is no group 'no such group'");
}

}  // namespace
}  // namespace vscard::chardev
