#pragma once

#include "async/awaitable.hpp"
#include "protocol/bytes.hpp"

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <system_error>

namespace vscard::chardev {

/// A connected byte stream, whatever carries it. One read and one write may be under way at a time;
/// the bytes given to them must stay valid until they are done. Not thread safe.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Reads at least one byte. asio::error::eof: the peer has closed it.
  virtual Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) = 0;
  /// Writes all the bytes.
  virtual Awaitable<std::error_code> write(protocol::Bytes bytes) = 0;
  /// Writes what can be written at once, and returns how many bytes that was: the next write
  /// begins with the others. What keeps it from more, a failure too, write() will see.
  /// Precondition: no write is under way.
  virtual std::size_t write_now(protocol::Bytes /*bytes*/) { return 0; }
  /// To be called before read() when part of a message has come: what has come is acknowledged at
  /// once, where a stream has acknowledgements. QEMU writes header and payload apart, with Nagle's
  /// algorithm on: its system would keep the payload back, for 40 ms and more.
  virtual void quick_ack() {}
  /// This side has said all: the peer sees the end, and what it still says can be read. False: that
  /// is not possible here, and nothing has changed. Precondition: no write is under way.
  virtual bool finish() { return false; }
  /// What is under way ends with asio::error::operation_aborted.
  virtual void close() = 0;
  /// Who is at the other end, for log lines.
  virtual std::string remote() const = 0;
};

/// Fills `into`, and reads nothing beyond. Both outlive it.
Awaitable<std::error_code> read_exactly(Stream& stream, std::span<std::uint8_t> into);

/// Says that there is no more, if that is possible, and drops what comes until the peer has closed,
/// for a second at most: a peer that still answers finds nothing broken.
Awaitable<void> finish_politely(Stream& stream);

/// Do the first bytes of a stream begin TLS (or refuse what is not TLS)? What we speak begins with
/// a zero.
bool begins_like_tls(protocol::Bytes first);

/// The other end has closed the stream; it is reset when that end had not read everything.
bool closed_by_remote(const std::error_code& error);

}  // namespace vscard::chardev
