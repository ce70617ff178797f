#include "bench/floor.hpp"

#include "bench/peer_process.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

namespace vscard::bench {
namespace {

namespace asio = boost::asio;
using Socket = asio::generic::stream_protocol::socket;

// Bytes: a VSC header of 12, and an APDU.
constexpr std::size_t kCommand = 12 + 5;
constexpr std::size_t kResponse = 12 + 2;

std::pair<Socket, Socket> connected_pair(asio::io_context& io, std::string_view transport) {
  if (transport == "unix") {
    asio::local::stream_protocol::socket near(io);
    asio::local::stream_protocol::socket far(io);
    asio::local::connect_pair(near, far);
    return {std::move(near), std::move(far)};
  }
  using asio::ip::tcp;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  tcp::socket near(io);
  near.connect(acceptor.local_endpoint());
  tcp::socket far = acceptor.accept();
  near.set_option(tcp::no_delay(true));
  far.set_option(tcp::no_delay(true));
  return {std::move(near), std::move(far)};
}

void send(Socket& socket, std::span<const std::uint8_t> bytes) {
  const auto sent = ::send(socket.native_handle(), bytes.data(), bytes.size(), 0);
  if (std::cmp_not_equal(sent, bytes.size())) throw std::runtime_error("floor: cannot send");
}

void receive(Socket& socket, std::span<std::uint8_t> bytes) {
  const auto received = ::recv(socket.native_handle(), bytes.data(), bytes.size(), MSG_WAITALL);
  if (std::cmp_not_equal(received, bytes.size())) throw std::runtime_error("floor: cannot receive");
}

}  // namespace

void measure_floor(Samples& samples, std::string_view transport, unsigned peer_core,
                   std::chrono::milliseconds length) {
  asio::io_context io;
  auto [near, far] = connected_pair(io, transport);
  std::array<std::uint8_t, kCommand> command{};
  std::array<std::uint8_t, kResponse> response{};
  const PeerProcess peer(peer_core, [&] {
    while (true) {
      receive(far, command);
      send(far, response);
    }
  });
  samples.collect(length, [&] {
    send(near, command);
    receive(near, response);
  });
}

}  // namespace vscard::bench
