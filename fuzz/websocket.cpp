#include "async/spawn.hpp"
#include "chardev/websocket/stream.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

using namespace vscard;
using chardev::websocket::WebSocketStream;

namespace {

constexpr std::string_view kRequest =
    "GET /card HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

protocol::Bytes bytes_of(std::string_view text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

/// Reads to the end, and writes what was read back, as a session would.
Awaitable<void> echo(WebSocketStream& stream) {
  std::array<std::uint8_t, 100> buffer{};
  while (true) {
    const auto size = co_await stream.read(buffer);
    if (!size) co_return;
    if (*size == 0 || *size > buffer.size()) __builtin_trap();
    const auto all = protocol::Bytes(buffer).first(*size);
    const auto rest = all.subspan(stream.write_now(all));
    if (co_await stream.write(rest)) co_return;
  }
}

Awaitable<void> serve(WebSocketStream& stream, bool& granted) {
  chardev::websocket::Service service{.path = "/card", .origin = {}};
  const auto accepted = co_await stream.accept(std::move(service));
  granted = accepted.has_value();
  if (granted) co_await echo(stream);
}

/// As a client, whose answer is never the right one: it has no key of the request's.
Awaitable<void> ask(WebSocketStream& stream, bool& granted) {
  chardev::websocket::Question question{.host = "a:1", .path = "/card", .token = {}};
  const auto agreed = co_await stream.ask(std::move(question));
  granted = agreed.has_value();
}

/// Nothing that is sent grows without end: a byte that came costs no more than a pong's header.
void check_output(const fakes::PipeEnd& ours, std::size_t came) {
  if (ours.unread() > 1024 + 8 * came) __builtin_trap();
}

}  // namespace

// Who we are and the size of a read, then what the peer sends before it hangs up: a request and
// frames, frames behind a good request, or a server's answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  const std::uint8_t role = in.u8() % 3;
  const std::size_t part = std::size_t{in.u8()} + 1;
  const protocol::Bytes bytes = in.rest();
  const protocol::Bytes before = role == 1 ? bytes_of(kRequest) : protocol::Bytes();
  const std::size_t came = before.size() + bytes.size();
  asio::io_context io;
  auto [ours, peer] = fakes::make_pipe({.read_at_most = part, .hangs_up_after = came});
  const fakes::PipeEnd& pipe = *ours;
  peer->write_now(before);
  peer->write_now(bytes);
  bool granted = false;
  std::optional<WebSocketStream> stream(std::in_place, io.get_executor(), std::move(ours), "peer");
  bool ended = false;
  async::spawn(io.get_executor(), role == 2 ? ask(*stream, granted) : serve(*stream, granted),
               [&ended] { ended = true; });
  io.poll();
  if (!ended || (granted && role == 2) || (!granted && role == 1)) __builtin_trap();
  if (pipe.misused() || pipe.left_something()) __builtin_trap();
  check_output(pipe, came);
  stream.reset();
  io.restart();
  io.poll();
  return 0;
}
