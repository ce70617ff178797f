#pragma once

#include "protocol/bytes.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vscard::test {

/// A connected socket that does just what a test says: a peer that need not keep to any protocol.
/// A wait that takes longer than kPatience fails the test.
class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) {}
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&& other) noexcept;
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket();

  static RawSocket connect_unix(const std::string& path);
  static RawSocket connect_tcp(std::uint16_t port);

  void send(protocol::Bytes bytes) const;
  void send_hex(const std::string& hex) const;
  /// Exactly so many bytes as hex; fewer if the stream ends before.
  std::string read_hex(std::size_t size) const;
  /// Nothing more comes until the peer has closed its side.
  bool ended() const;
  /// The peer closes its side in this time; what comes before is dropped.
  bool ends_within(std::chrono::milliseconds patience) const;
  /// Sends what fits off the front of `bytes`, without waiting. False: nothing did.
  bool send_some(protocol::Bytes& bytes) const;
  /// Sends off the front of `bytes` or reads, whichever goes first. Nothing: the peer has closed.
  std::optional<std::vector<std::uint8_t>> exchange_some(protocol::Bytes& bytes) const;
  /// This side has said all.
  void finish() const;
  void close();
  /// As close(), but what is under way is lost, and the peer hears of an error.
  void reset();

 private:
  int fd_;
};

class RawListener {
 public:
  static RawListener on_unix(const std::string& path);
  static RawListener on_tcp();  ///< 127.0.0.1, a port of the system's choice
  RawListener(RawListener&& other) noexcept;
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;
  RawListener& operator=(RawListener&&) = delete;
  ~RawListener();

  RawSocket accept() const;
  std::uint16_t port() const;

 private:
  explicit RawListener(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace vscard::test
