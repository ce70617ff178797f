#include "bench/floor.hpp"

#include <array>
#include <cstdint>

namespace vscard::bench {
namespace {

// Bytes: a VSC header of 12, and an APDU.
using Command = std::array<std::uint8_t, 12 + 5>;
using Response = std::array<std::uint8_t, 12 + 2>;

void ping(const Socket& socket) {
  socket.send(Command{});
  Response response;
  socket.receive(response);
}

/// Answers each command when `in_between` is done.
[[noreturn]] void pong(const Socket& socket, const auto& in_between) {
  while (true) {
    Command command;
    socket.receive(command);
    in_between();
    socket.send(Response{});
  }
}

}  // namespace

PingPong::PingPong(std::string_view transport, std::optional<unsigned> peer_core)
    : ends_(connected_pair(transport)), peer_(peer_core, [this] { pong(ends_.second, [] {}); }) {}

void PingPong::exchange() const { ping(ends_.first); }

void measure_floor(Samples& samples, std::string_view transport, unsigned peer_core,
                   std::chrono::milliseconds length) {
  const PingPong both(transport, peer_core);
  samples.collect(length, [&both] { both.exchange(); });
}

void measure_relayed_floor(Samples& samples, std::string_view transport, unsigned peer_core,
                           std::chrono::milliseconds length) {
  const auto [near, middle] = connected_pair(transport);
  const auto [forth, far] = connected_pair(transport);
  const PeerProcess peer(peer_core, [&socket = far] { pong(socket, [] {}); });
  const PeerProcess relay(
      peer_core, [&socket = middle, &next = forth] { pong(socket, [&next] { ping(next); }); });
  samples.collect(length, [&socket = near] { ping(socket); });
}

}  // namespace vscard::bench
