#pragma once

#include "bench/sockets.hpp"
#include "tests/fakes/raw_packets.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vscard::bench {

/// The guest's end of a usbredir stream, as cheap as it can be: packets that were made before, and
/// of what comes only what is asked for. It throws when something else comes.
class UsbredirGuest {
 public:
  /// Greets the device, configures it and waits until there is a card in it.
  explicit UsbredirGuest(Socket socket);

  void power_on();
  /// Sends the command and the request for its answer at once, and waits for the answer.
  void exchange();

 private:
  struct Packet {
    std::uint32_t type = 0;
    std::span<const std::uint8_t> body;  ///< valid until the next one
  };
  Packet next_packet();
  /// The last byte of the next packet of this type.
  std::uint8_t wait_for(std::uint32_t type);
  void perform(const fakes::raw_packets::Raw& requests);

  Socket socket_;
  std::array<std::uint8_t, 4096> buffer_{};
  std::size_t begin_ = 0;  ///< of what is there and not taken
  std::size_t end_ = 0;
};

}  // namespace vscard::bench
