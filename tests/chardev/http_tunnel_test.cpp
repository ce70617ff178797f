// A tunnel through a proxy that grants it, refuses it, or is not a proxy.

#include "chardev/http_tunnel.hpp"

#include "tests/async/run.hpp"
#include "tests/fakes/pipe.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vscard::chardev {
namespace {

using async::test::run;
using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kGranted =
    "HTTP/1.1 200 Connection established\r\nServer: a proxy\r\n\r\n";

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

/// A proxy that says one thing, to a client whose stream has these faults, and hangs up.
struct Proxy {
  explicit Proxy(std::string_view answer, fakes::StreamFaults faults = {}) {
    std::tie(client, server) = fakes::make_pipe(faults);
    const Bytes bytes = bytes_of(answer);
    EXPECT_EQ(server->write_now(bytes), bytes.size());
  }
  /// "" or what failed, with "; try again" where that may help.
  std::string open() {
    const auto opened = run(io, open_tunnel(*client, {.host = "pvespiceproxy:1", .port = "61000"}));
    if (opened) return "";
    const bool again = opened.error().remedy == ConnectError::Remedy::TryAgain;
    return opened.error().text + (again ? "; try again" : "");
  }

  asio::io_context io;
  std::unique_ptr<fakes::PipeEnd> client;
  std::unique_ptr<fakes::PipeEnd> server;
};

TEST(HttpTunnel, AsksForTheTunnelAsTheProxyKnowsIt) {
  Proxy proxy(kGranted);
  EXPECT_EQ(proxy.open(), "");
  proxy.client->close();
  std::error_code end;
  EXPECT_EQ(text_of(run(proxy.io, fakes::read_to_end(*proxy.server, end))),
            "CONNECT pvespiceproxy:1:61000 HTTP/1.0\r\nHost: pvespiceproxy:1:61000\r\n\r\n");
}

TEST(HttpTunnel, LeavesWhatFollowsTheAnswerToTheNextReader) {
  for (const std::size_t part : {std::size_t{1}, std::size_t{7}, fakes::StreamFaults::kNone}) {
    Proxy proxy(std::string(kGranted) + "REDQ", {.read_at_most = part});
    EXPECT_EQ(proxy.open(), "");
    EXPECT_EQ(text_of(run(proxy.io, fakes::read_exactly(*proxy.client, 4))), "REDQ");
  }
}

TEST(HttpTunnel, TakesEveryStatusOfSuccess) {
  for (const char* answer : {"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 299 \r\n\r\n"}) {
    EXPECT_EQ(Proxy(answer).open(), "") << answer;
  }
}

/// A grant of so many bytes, with the end of its header.
std::string grant_of(std::size_t size) {
  const std::string begin = "HTTP/1.1 200 OK\r\nServer: ";
  const std::string end = "\r\n\r\n";
  return begin + std::string(size - begin.size() - end.size(), 'x') + end;
}

TEST(HttpTunnel, TakesNoAnswerWithoutTheEndOfItsHeader) {
  constexpr const char* kTooLong =
      "the proxy: the header of its answer has more than 4096 bytes; try again";
  EXPECT_EQ(Proxy(grant_of(4096)).open(), "");
  EXPECT_EQ(Proxy(grant_of(4097)).open(), kTooLong);
  EXPECT_EQ(Proxy(grant_of(5000)).open(), kTooLong);
}

TEST(HttpTunnel, TellsWhyTheProxyRefuses) {
  const std::pair<std::string, const char*> kAnswers[] = {
      {"HTTP/1.1 403 Forbidden\r\nA: b\r\n\r\n",
       "the proxy refuses: HTTP/1.1 403 Forbidden; try again"},
      {"HTTP/1.0 302 Found\r\n\r\n", "the proxy refuses: HTTP/1.0 302 Found; try again"},
      {"HTTP/1.1\r\n\r\n", "the proxy refuses: HTTP/1.1; try again"},
      {"HTTP/2 200 OK\r\n\r\n", "the proxy does not speak HTTP"},
      {"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "the proxy does not speak HTTP"},
      {"\r\n\r\n", "the proxy does not speak HTTP"},
      {std::string(5000, 'x'), "the proxy does not speak HTTP"},
  };
  for (const auto& [answer, expected] : kAnswers) {
    EXPECT_EQ(Proxy(answer).open(), expected) << answer;
  }
}

TEST(HttpTunnel, TellsWhenTheProxyHangsUp) {
  for (std::size_t size = 0; size < kGranted.size(); ++size) {
    EXPECT_EQ(Proxy(kGranted, {.hangs_up_after = size}).open(), "the proxy: End of file; try again")
        << size;
  }
  Proxy gone(kGranted);
  gone.server->close();
  EXPECT_EQ(gone.open(), "the proxy: Broken pipe; try again");
}

}  // namespace
}  // namespace vscard::chardev
