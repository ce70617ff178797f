#include "chardev/websocket/server_spec.hpp"

#include "chardev/websocket/websocket.hpp"

#include <gtest/gtest.h>

namespace vscard::chardev::websocket {
namespace {

Address address(const std::string& text) { return parse_address(text).value(); }
ServerSpec parsed(const std::string& text) { return parse_server(address(text)).value(); }
std::string failed(const std::string& text) { return parse_server(address(text)).error().text; }

TEST(WebSocketAddress, HasAPath) {
  const ServerSpec server = parsed("ws://vmhost:5700/card?vm=1");
  EXPECT_EQ(server.carrier, address("tcp://vmhost:5700"));
  EXPECT_EQ(server.host, "vmhost:5700");
  EXPECT_EQ(server.service.path, "/card?vm=1");
  EXPECT_FALSE(server.tunnel || server.token_file || server.service.origin);
  EXPECT_EQ(parsed("ws://[::1]:5700").service.path, "/");
}

TEST(WebSocketAddress, IsShownAsItIsWritten) {
  for (const char* text : {"ws://vmhost:5700/card", "ws://[::1]:5700/a/b", "ws://vmhost:5700"}) {
    EXPECT_EQ(address(text).text(), text);
  }
}

TEST(WebSocketAddress, MayLeadThroughAProxy) {
  const ServerSpec server =
      parsed("ws://[2001:db8::1]:80/a,proxy=http://proxy:3128/,token-file=/t");
  EXPECT_EQ(server.carrier, address("tcp://proxy:3128"));
  EXPECT_EQ(server.tunnel->host, "[2001:db8::1]");
  EXPECT_EQ(server.tunnel->port, "80");
  EXPECT_EQ(server.token_file, "/t");
  EXPECT_EQ(parsed("ws://a:80,origin=https://b").service.origin, "https://b");
}

TEST(WebSocketAddress, TellsWhatIsWrong) {
  EXPECT_EQ(failed("ws://vmhost/card"),
            "'vmhost' is not HOST:PORT (an IPv6 address stands in brackets: [::1]:2001)");
  EXPECT_EQ(failed("ws://a:80/a b"),
            "'/a b' is not the path of a URL; write other characters as %XX");
  EXPECT_EQ(failed("ws://a:80/a\r\nX: y"),
            "'/a\r\nX: y' is not the path of a URL; write other characters as %XX");
  EXPECT_EQ(failed("ws://a:80/\xc3\xa4"),
            "'/\xc3\xa4' is not the path of a URL; write other characters as %XX");
  EXPECT_EQ(failed("ws://a:80,mode=0660"),
            "ws:// has no key 'mode'; there are origin, proxy and token-file; those of tls:// go "
            "with wss://");
  EXPECT_EQ(failed("wss://a:80,pair=d"),
            "pair= goes with tls:// alone; wss:// has cert=, key= and ca=, or psk=");
  EXPECT_EQ(failed("ws://a:80,proxy=socks5://p:1"),
            "proxy=socks5://p:1 is not supported, only http://");
  EXPECT_EQ(
      failed("ws://a:80,proxy=http://p"),
      "proxy=http://p: 'p' is not HOST:PORT (an IPv6 address stands in brackets: [::1]:2001)");
}

TEST(WebSocketAddress, IsForThisMachineAlone) {
  EXPECT_FALSE(kWebSocket.reachable_unencrypted(address("ws://127.0.0.1:80/a")));
  EXPECT_TRUE(kWebSocket.reachable_unencrypted(address("ws://192.0.2.1:80/127.0.0.1:80")));
  EXPECT_TRUE(
      kWebSocket.reachable_unencrypted(address("ws://192.0.2.1:80,proxy=http://127.0.0.1:3128")));
}

}  // namespace
}  // namespace vscard::chardev::websocket
