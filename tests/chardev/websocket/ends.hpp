#pragma once

#include "chardev/websocket/stream.hpp"
#include "tests/async/run.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::chardev::websocket::test {

using async::test::run;
using fakes::StreamFaults;
using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
inline std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

/// The example of RFC 6455, section 1.3, in part.
inline constexpr std::string_view kRequest =
    "GET /card HTTP/1.1\r\n"
    "Host: server.example.com\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n";
inline constexpr std::string_view kAccept =
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
inline constexpr std::string_view kEnd = "\r\n";

/// Our server, and what a client of the test says to it and hears of it.
struct Server {
  explicit Server(StreamFaults faults = {}) {
    auto [ours, theirs] = fakes::make_pipe(faults);
    pipe = ours.get();
    client = std::move(theirs);
    stream.emplace(io.get_executor(), std::move(ours), "peer");
  }

  void say(const Bytes& bytes) { EXPECT_EQ(client->write_now(bytes), bytes.size()); }
  /// "" or why the client's request is not granted.
  std::string accept(Service service = {.path = "/card", .origin = {}}) {
    const auto granted = run(io, stream->accept(std::move(service)));
    return granted ? "" : granted.error().text;
  }
  /// A read of at most 64 bytes, as hex; or the error's text.
  std::string read() {
    Bytes buffer(64);
    const auto size = run(io, stream->read(buffer));
    return size ? fakes::to_hex(protocol::Bytes(buffer).first(*size)) : size.error().message();
  }
  /// All that the server has sent until it closed.
  Bytes heard() {
    stream.reset();
    std::error_code end;
    return run(io, fakes::read_to_end(*client, end));
  }

  asio::io_context io;
  std::unique_ptr<fakes::PipeEnd> client;
  fakes::PipeEnd* pipe = nullptr;  ///< the server's, as long as it lives
  std::optional<WebSocketStream> stream;
};

}  // namespace vscard::chardev::websocket::test
