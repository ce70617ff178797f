#pragma once

#include "tests/peer/raw_socket.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::fakes {

/// A VSC client that sends and expects bytes as they are: header, type by type, in hex.
class ScriptedClient {
 public:
  /// At a UNIX socket; its card is in afterwards.
  explicit ScriptedClient(const std::string& path) : socket_(test::RawSocket::connect_unix(path)) {
    socket_.send_hex("00000001000000000000000c565343440000000200000000");  // Init
    EXPECT_EQ(socket_.read_hex(24), "00000001ffffffff0000000c565343440000000200000000");
    request("00000003ffffffff00000004736f6674");  // ReaderAdd 'soft'
    insert_card();
  }

  void insert_card() const { request("0000000500000000000000043b800181"); }
  void remove_card() const { request("000000060000000000000000"); }
  /// The next command, of so many bytes.
  std::string command(std::size_t size) const {
    const std::string header = socket_.read_hex(12);
    EXPECT_EQ(header.substr(0, 8), "00000007") << "an APDU";
    return socket_.read_hex(size);
  }
  /// Two bytes.
  void respond(const std::string& status) const {
    socket_.send_hex("000000070000000000000002" + status);
  }
  const test::RawSocket& socket() const { return socket_; }

 private:
  void request(const std::string& message) const {
    socket_.send_hex(message);
    EXPECT_EQ(socket_.read_hex(16), "00000002000000000000000400000000") << "success";
  }

  test::RawSocket socket_;
};

}  // namespace vscard::fakes
