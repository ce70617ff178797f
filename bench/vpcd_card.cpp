#include "bench/vpcd_card.hpp"

#include "bench/sockets.hpp"

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <vector>

namespace vscard::bench {
namespace {

// A message is its length, 2 bytes, big endian, and so many bytes: a command or a response, or, a
// single byte from pcscd, what the reader does.
constexpr std::uint8_t kGetAtr = 4;
constexpr std::array<std::uint8_t, 4> kAtr{0x00, 0x02, 0x3b, 0x00};
constexpr std::array<std::uint8_t, 4> kSuccess{0x00, 0x02, 0x90, 0x00};

Socket connect(const std::string& port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (::connect(socket.fd(), generic, sizeof address) != 0) {
    throw std::runtime_error("nobody listens on port " + port);
  }
  return socket;
}

void acknowledge_at_once(const Socket& socket) {
  const int on = 1;
  setsockopt(socket.fd(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

}  // namespace

void serve_vpcd_card(const std::string& port, Acknowledge acknowledge) {
  const Socket socket = connect(port);
  while (true) {
    std::array<std::uint8_t, 2> length{};
    socket.receive(length);
    if (acknowledge == Acknowledge::AtOnce) acknowledge_at_once(socket);
    std::vector<std::uint8_t> message(static_cast<std::size_t>(length[0]) << 8 | length[1]);
    socket.receive(message);
    if (message.size() > 1) {
      socket.send(kSuccess);
    } else if (message.size() == 1 && message[0] == kGetAtr) {
      socket.send(kAtr);
    }
  }
}

}  // namespace vscard::bench
