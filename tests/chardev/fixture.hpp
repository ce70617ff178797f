#pragma once

#include "chardev/transport.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace vscard::chardev {

/// The transports that every program has, over what the system has.
class Sockets : public testing::Test {
 protected:
  /// Runs a coroutine to its end.
  template <class T>
  T run(Awaitable<T> work) {
    auto result = asio::co_spawn(io_, std::move(work), asio::use_future);
    io_.restart();
    io_.run();
    return result.get();
  }

  Result<std::unique_ptr<Listener>> listen(const std::string& text) {
    const Address address = parse_address(text).value();
    return find_transport(standard_transports(), address)
        .value()
        ->listen(io_.get_executor(), address);
  }
  Connected connect(const std::string& text) {
    const Address address = parse_address(text).value();
    const auto* transport = find_transport(standard_transports(), address).value();
    return run(connect_once(*transport, io_.get_executor(), address));
  }
  /// Why it cannot, or why it is no address.
  std::string connect_error(const std::string& text) {
    const Address address = parse_address(text).value();
    const auto transport = find_transport(standard_transports(), address);
    if (!transport) return transport.error().text;
    const auto stream = run(connect_once(**transport, io_.get_executor(), address));
    return stream ? "" : stream.error().text;
  }
  /// What comes next, at most 64 bytes, as hex; or the error's text.
  std::string read(Stream& stream) {
    std::array<std::uint8_t, 64> buffer{};
    const auto size = run(stream.read(buffer));
    return size ? fakes::to_hex(protocol::Bytes(buffer).first(*size)) : size.error().message();
  }
  std::string path(const char* name) const { return folder_.path() / name; }

  /// Bytes both ways between `stream` and `peer`, and the peer's end.
  void exercise(Stream& stream, test::RawSocket peer) {
    peer.send_hex("0102");
    EXPECT_EQ(read(stream), "0102");
    const auto bytes = fakes::from_hex("030405");
    EXPECT_FALSE(run(stream.write(bytes)));
    EXPECT_EQ(peer.read_hex(3), "030405");
    peer.close();
    EXPECT_EQ(read(stream), "End of file");
  }

  asio::io_context io_;
  test::TempFolder folder_;
};

}  // namespace vscard::chardev
