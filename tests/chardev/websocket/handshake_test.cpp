// How a WebSocket begins: what our server answers, and what our client makes of answers.

#include "chardev/http_head.hpp"
#include "tests/chardev/websocket/ends.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::chardev::websocket {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

std::string request_with(std::string_view fields) {
  return std::string(kRequest) + std::string(fields) + std::string(kEnd);
}
std::string replaced(std::string text, std::string_view what, std::string_view with) {
  return text.replace(text.find(what), what.size(), with);
}

TEST(WebSocketServer, TakesWhatAsksForItsPath) {
  const std::string binary = "Sec-WebSocket-Protocol: binary\r\n";
  const std::pair<std::string, bool> requests[] = {
      {request_with(""), false},
      {request_with(binary), true},
      {request_with("sec-websocket-protocol: base64, binary\r\n"), true},
      {request_with("Sec-WebSocket-Protocol: chat\r\n" + binary), true},
      {replaced(request_with(""), "Connection: Upgrade", "connection: keep-alive, upgrade"), false},
      {request_with("Cookie: " + std::string(12'000, 'x') + "\r\n"), false},
  };
  for (const auto& [request, names_subprotocol] : requests) {
    Server server;
    server.say(bytes_of(request));
    EXPECT_EQ(server.accept(), "") << request;
    const std::string answer = text_of(server.heard());
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 ")) << request;
    EXPECT_THAT(answer, HasSubstr(kAccept));
    EXPECT_EQ(answer.find("Sec-WebSocket-Protocol: binary") != std::string::npos,
              names_subprotocol);
  }
}

TEST(WebSocketServer, TellsWhyItRefuses) {
  constexpr const char* kPath = "it asked for another path than that of the address";
  constexpr const char* kOrigin = "it is a web page, which origin=URL does not let in";
  constexpr const char* kSubprotocol = "it asked for other subprotocols than 'binary'";
  struct Row {
    std::string request;
    const char* error;
    const char* answer;
  };
  const Row rows[] = {
      {replaced(request_with(""), "/card", "/card2"), kPath, "HTTP/1.1 404 "},
      {replaced(request_with(""), "/card", "/card?a=b"), kPath, "HTTP/1.1 404 "},
      {request_with("Sec-WebSocket-Protocol: chat, binary2\r\n"), kSubprotocol, "HTTP/1.1 400 "},
      {request_with("Origin: https://evil.example\r\n"), kOrigin, "HTTP/1.1 403 "},
      {request_with("Origin: null\r\n"), kOrigin, "HTTP/1.1 403 "},
      {"GET /card HTTP/1.1\r\nHost: a\r\n\r\n", "it asked for no WebSocket", "HTTP/1.1 400 "},
      {"\r\n\r\n\r\n\r\n", "it does not speak HTTP, so it asks for no WebSocket", "HTTP/1.1 400 "},
      {std::string("\0\0\0\1\0\0\0\0\r\n\r\n", 12),
       "it does not speak HTTP, so it asks for no WebSocket", "HTTP/1.1 400 "},
      {request_with("Cookie: " + std::string(20'000, 'x') + "\r\n"),
       "its request has more than 16384 bytes", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.request);
    Server server;
    server.say(bytes_of(row.request));
    EXPECT_EQ(server.accept(), row.error);
    const std::string answer = text_of(server.heard());
    EXPECT_THAT(answer, StartsWith(row.answer));
    EXPECT_THAT(answer, Not(HasSubstr(kAccept)));
  }
}

TEST(WebSocketServer, LetsThePageIn) {
  Server server;
  server.say(bytes_of(request_with("Origin: https://desktop.example\r\n")));
  EXPECT_EQ(server.accept({.path = "/card", .origin = "https://desktop.example"}), "");
}

/// Our client, and a server of the test, which says one thing and hangs up.
struct Client {
  explicit Client(std::string_view answer, StreamFaults faults = {}) {
    auto [ours, theirs] = fakes::make_pipe(faults);
    server = std::move(theirs);
    stream.emplace(io.get_executor(), std::move(ours), "peer");
    EXPECT_EQ(server->write_now(bytes_of(answer)), answer.size());
  }
  /// "" or what failed, with "; try again" where that may help.
  std::string ask(std::string_view token = "") {
    auto secret = protocol::SecretBytes::copy_of(bytes_of(token));
    const auto asked = run(io, ask_once({"h.example:6443", "/a?b", std::move(secret)}));
    if (asked) return "";
    const bool again = asked.error().remedy == ConnectError::Remedy::TryAgain;
    return asked.error().text + (again ? "; try again" : "");
  }
  std::string heard() {
    stream.reset();
    std::error_code end;
    return text_of(run(io, fakes::read_to_end(*server, end)));
  }
  /// As a connector: a refused stream is dropped.
  Awaitable<std::expected<void, ConnectError>> ask_once(Question question) {
    auto asked = co_await stream->ask(std::move(question));
    if (!asked) stream.reset();
    co_return asked;
  }

  asio::io_context io;
  std::unique_ptr<fakes::PipeEnd> server;
  std::optional<WebSocketStream> stream;
};

TEST(WebSocketClient, AsksForThePathWithTheToken) {
  Client client("HTTP/1.1 404 Not Found\r\n\r\n");
  EXPECT_EQ(client.ask("c2VjcmV0"), "the server refuses: HTTP/1.1 404 Not Found; try again");
  const std::string heard = client.heard();
  EXPECT_THAT(heard, StartsWith("GET /a?b HTTP/1.1\r\n"));
  for (const char* field : {"\r\nHost: h.example:6443\r\n", "\r\nUpgrade: websocket\r\n",
                            "\r\nSec-WebSocket-Version: 13\r\n",
                            "\r\nSec-WebSocket-Key: ", "\r\nSec-WebSocket-Protocol: binary\r\n"}) {
    EXPECT_THAT(heard, HasSubstr(field));
  }
  EXPECT_TRUE(heard.ends_with("\r\nAuthorization: Bearer c2VjcmV0\r\n\r\n")) << heard;
  Client without("HTTP/1.1 404 Not Found\r\n\r\n");
  without.ask();
  EXPECT_THAT(without.heard(), Not(HasSubstr("Authorization")));
}

TEST(WebSocketClient, TellsWhyItIsRefused) {
  const std::string kAnswer = "the server's answer to the WebSocket request: ";
  const std::pair<std::string, std::string> answers[] = {
      {"HTTP/1.1 401 Unauthorized\r\nA: b\r\n\r\n{}",
       "the server refuses: HTTP/1.1 401 Unauthorized; try again"},
      {"HTTP/1.0 101\r\n\r\n", "the server refuses: HTTP/1.0 101; try again"},
      {"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "the server does not speak HTTP"},
      {"HTTP/1.1 101 " + std::string(20'000, 'x'),
       "the header of the server's answer is too long; try again"},
      {"HTTP/1.1 101 OK\r\nUpgrade\r\n\r\n", kAnswer + "bad field"},
      {"HTTP/1.1 101 OK\r\nContent-Length: 4\r\n\r\n",
       kAnswer + "The WebSocket handshake Connection field is missing"},
      {"HTTP/1.1 101 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       kAnswer + "The WebSocket handshake Connection field is missing"},
  };
  for (const auto& [answer, expected] : answers) {
    SCOPED_TRACE(answer);
    EXPECT_EQ(Client(answer).ask(), expected);
  }
}

TEST(WebSocketClient, TellsWhenTheServerHangsUp) {
  const std::string answer = "HTTP/1.1 200 OK\r\n\r\n";
  for (std::size_t size = 0; size < answer.size(); ++size) {
    EXPECT_EQ(Client(answer, {.hangs_up_after = size}).ask(), "End of file; try again") << size;
  }
}

/// Our server's answer with another word in it.
Awaitable<void> answer_otherwise(Stream& peer, Engine& server, std::string_view what,
                                 std::string_view with) {
  const auto request = co_await read_http_head(peer, 4096);
  EXPECT_TRUE(server.accept(*request, {.path = "/a?b", .origin = {}}));
  const auto output = server.take_output();
  const std::string answer(output.view().begin(), output.view().end());
  const Bytes bytes = bytes_of(replaced(answer, what, with));
  EXPECT_FALSE(co_await peer.write(bytes));
}

TEST(WebSocketClient, TakesNoOtherAnswerThanItAskedFor) {
  struct Row {
    const char* what;
    const char* with;
    const char* error;  ///< after the words that all have
  };
  const Row rows[] = {
      {"Protocol: binary", "Protocol: chat",
       "the server chose the subprotocol 'chat', not 'binary'"},
      {"Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: x",
       "The WebSocket handshake Sec-WebSocket-Accept field is invalid"},
      {"Upgrade: websocket", "Upgrade: h2c",
       "The WebSocket handshake Upgrade field is missing the websocket token"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.with);
    Client client("");
    Engine server(client.io.get_executor());
    async::spawn(client.io.get_executor(),
                 answer_otherwise(*client.server, server, row.what, row.with));
    EXPECT_EQ(client.ask(),
              "the server's answer to the WebSocket request: " + std::string(row.error));
  }
}

}  // namespace
}  // namespace vscard::chardev::websocket
