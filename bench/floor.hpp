#pragma once

#include "bench/peer_process.hpp"
#include "bench/samples.hpp"
#include "bench/sockets.hpp"

#include <optional>
#include <string_view>

namespace vscard::bench {

/// Two processes with blocking sockets and nothing else, which send each other the bytes of a
/// command and of a response. `transport` is "tcp" or "unix".
class PingPong {
 public:
  PingPong(std::string_view transport, std::optional<unsigned> peer_core);

  void exchange() const;

 private:
  std::pair<Socket, Socket> ends_;
  PeerProcess peer_;
};

/// What the system itself takes for a small APDU: a ping-pong.
void measure_floor(Samples& samples, std::string_view transport, unsigned peer_core,
                   std::chrono::milliseconds length);

/// The same with a third process between the two, as a reader is, on the peer's core: two
/// ping-pongs.
void measure_relayed_floor(Samples& samples, std::string_view transport, unsigned peer_core,
                           std::chrono::milliseconds length);

}  // namespace vscard::bench
