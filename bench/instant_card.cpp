#include "bench/instant_card.hpp"

#include "chardev/socket_stream.hpp"
#include "chardev/transport.hpp"
#include "session/client_session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace vscard::bench {
namespace {

constexpr protocol::vsc::ReaderId kReader{0};
/// T=0, no historical bytes.
constexpr std::array<std::uint8_t, 2> kAtr{0x3b, 0x00};

class InstantCard final : public session::CardSide {
 public:
  InstantCard()
      : session_(*this, protocol::vsc::PeerLimits{}, protocol::vsc::kApduTimeout,
                 protocol::vsc::kSilence, protocol::vsc::kGrace) {
    session_.add_reader(kReader, "instant card");
    session_.insert_card(kReader, protocol::iso7816::Atr::parse(kAtr).value());
  }

  Awaitable<void> serve(chardev::Stream& stream) { co_await session_.serve(stream); }

 private:
  void perform(protocol::vsc::VscClient::Action action) override {
    if (!std::holds_alternative<protocol::vsc::VscClient::Transmit>(action)) return;
    const auto success = protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::Success);
    session_.respond(kReader, protocol::SecretBytes::copy_of(success));
  }

  session::ClientSession session_;
};

/// Leaves it to the system when to acknowledge.
class LateStream final : public chardev::Stream {
 public:
  explicit LateStream(chardev::SocketStream::Socket socket) : stream_(std::move(socket), "host") {}

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    return stream_.read(into);
  }
  Awaitable<std::error_code> write(protocol::Bytes bytes) override { return stream_.write(bytes); }
  void close() override { stream_.close(); }
  std::string remote() const override { return stream_.remote(); }

 private:
  chardev::SocketStream stream_;
};

std::unique_ptr<chardev::Stream> connect_late(const asio::any_io_executor& executor,
                                              const chardev::Address& address) {
  using asio::ip::tcp;
  const auto target = chardev::parse_host_port(address.location);
  if (address.scheme != "tcp" || !target) throw std::runtime_error("tcp://HOST:PORT is expected");
  tcp::socket socket(executor);
  asio::connect(socket, tcp::resolver(executor).resolve(target->host, target->port));
  socket.set_option(tcp::no_delay(true));
  return std::make_unique<LateStream>(std::move(socket));
}

Awaitable<std::unique_ptr<chardev::Stream>> connect(asio::any_io_executor executor,
                                                    chardev::Address address,
                                                    Transports transports) {
  const auto transport = chardev::find_transport(transports, address);
  if (!transport) throw std::runtime_error(transport.error().text);
  auto connected = co_await chardev::connect_once(**transport, executor, std::move(address));
  if (!connected) throw std::runtime_error(connected.error().text);
  co_return std::move(*connected);
}

/// A stream over a copy of a connected socket.
std::unique_ptr<chardev::Stream> adopt(const asio::any_io_executor& executor,
                                       const Socket& socket) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(socket.fd(), static_cast<sockaddr*>(static_cast<void*>(&name)), &size);
  return std::make_unique<chardev::SocketStream>(
      chardev::SocketStream::Socket(executor, {name.ss_family, 0}, ::dup(socket.fd())), "host");
}

Awaitable<void> serve(std::unique_ptr<chardev::Stream> stream) {
  InstantCard card;
  co_await card.serve(*stream);
}

Awaitable<void> run(asio::any_io_executor executor, chardev::Address address,
                    Acknowledge acknowledge, Transports transports) {
  std::unique_ptr<chardev::Stream> stream;
  if (acknowledge == Acknowledge::AtOnce) {
    auto connecting = connect(executor, std::move(address), transports);
    stream = co_await std::move(connecting);
  } else {
    stream = connect_late(executor, address);
  }
  co_await serve(std::move(stream));
}

void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

void serve_instant_card(const std::string& address, Acknowledge acknowledge,
                        Transports transports) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) throw std::runtime_error(parsed.error().text);
  asio::io_context io(1);
  asio::co_spawn(io, run(io.get_executor(), *parsed, acknowledge, transports), rethrow);
  io.run();
}

void serve_instant_card(const Socket& socket) {
  asio::io_context io(1);
  asio::co_spawn(io, serve(adopt(io.get_executor(), socket)), rethrow);
  io.run();
}

}  // namespace vscard::bench
