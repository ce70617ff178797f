#include "chardev/spicevmc/relay.hpp"

#include "async/first_of.hpp"
#include "chardev/spice/message.hpp"
#include "chardev/spicevmc/client_guard.hpp"
#include "protocol/secret.hpp"

#include <algorithm>
#include <array>
#include <sys/socket.h>

namespace vscard::chardev::spicevmc {
namespace {

constexpr std::size_t kBufferSize = std::size_t{16} * 1024;  ///< bytes

/// Ends with the client alone: what the library said last is still to go there. False: the library
/// must not hear more.
Awaitable<bool> pass_up(Stream& client, Stream& library) {
  auto buffer = protocol::SecretBytes::zeros(kBufferSize);
  ClientGuard guard;
  bool deaf = false;
  while (true) {
    const auto size = co_await client.read(buffer.data());
    if (!size) co_return true;
    const protocol::Bytes bytes = buffer.view().first(*size);
    if (!guard.pass(bytes)) co_return false;
    if (!deaf) deaf = static_cast<bool>(co_await library.write(bytes));
  }
}

/// Passes on what is in the buffer already, and so many bytes more. False: one side has closed.
Awaitable<bool> pass_piece(Stream& library, Stream& client, std::span<std::uint8_t> buffer,
                           std::size_t filled, std::size_t missing) {
  do {
    const std::size_t part = std::min(missing, buffer.size() - filled);
    if (co_await read_exactly(library, buffer.subspan(filled, part))) co_return false;
    if (co_await client.write(buffer.first(filled + part))) co_return false;
    missing -= part;
    filled = 0;
  } while (missing > 0);
  co_return true;
}

/// … whose size, little endian, is at the end of a header, with that.
Awaitable<bool> pass_sized(Stream& library, Stream& client, std::span<std::uint8_t> buffer,
                           std::size_t header) {
  if (co_await read_exactly(library, buffer.first(header))) co_return false;
  protocol::ByteReader size(buffer.subspan(header - sizeof(std::uint32_t)));
  co_return co_await pass_piece(library, client, buffer, header, size.u32_le());
}

/// Each message is written by itself, as the library does: spice-gtk looks for the next one at the
/// socket, also when it is in the TLS record that it has begun to read.
Awaitable<bool> pass_down(Stream& library, Stream& client) {
  auto buffer = protocol::SecretBytes::zeros(kBufferSize);
  constexpr std::size_t kLinkHeader = spice::kMagicSize + spice::kLinkHeaderRest;
  bool open = co_await pass_sized(library, client, buffer.data(), kLinkHeader) &&
              co_await pass_piece(library, client, buffer.data(), 0, spice::kLinkResultSize);
  while (open) open = co_await pass_sized(library, client, buffer.data(), spice::kMessageHeader);
  co_return true;
}

}  // namespace

Awaitable<bool> relay(std::unique_ptr<Stream> client, std::unique_ptr<Stream> library) {
  auto up = pass_up(*client, *library);
  auto down = pass_down(*library, *client);
  co_return co_await async::first_of(std::move(up), std::move(down));
}

SocketPair make_socket_pair() {
  std::array<int, 2> ends{-1, -1};
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data());
  return {.ours = Descriptor(ends[0]), .theirs = Descriptor(ends[1])};
}

}  // namespace vscard::chardev::spicevmc
