#pragma once

#include "async/error.hpp"
#include "async/event.hpp"
#include "protocol/secret.hpp"

#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace vscard::chardev::spicevmc {

/// Who is at the other end of a channel.
struct Peer {
  int descriptor = -1;  ///< of the connection, which the library owns
  std::string remote;   ///< for log lines
};

/// What a SPICE client says on a channel, until it has gone: between the library, which takes and
/// gives bytes when it likes, and a host, which reads and writes as over any other stream. The
/// library frees what it holds when it likes, the host likewise: so they share this.
class ClientChannel {
 public:
  /// `wake` makes the library take() what there is, and offer what was not received.
  ClientChannel(Peer peer, std::function<void()> wake);
  ClientChannel(const ClientChannel&) = delete;
  ClientChannel& operator=(const ClientChannel&) = delete;
  virtual ~ClientChannel() = default;

  // The library's side.
  /// How many of the client's bytes have found room. Nothing: it sends more than it can have a
  /// reason to.
  std::optional<std::size_t> receive(protocol::Bytes bytes);
  /// Bytes for the client, never more than one piece of what was accepted.
  std::size_t take(std::span<std::uint8_t> into);
  /// The client has gone.
  void lose() { end(async::end_of_stream()); }

  // The host's side; see Stream.
  Awaitable<std::expected<std::size_t, std::error_code>> read(std::span<std::uint8_t> into);
  Awaitable<std::error_code> write(protocol::Bytes bytes);
  /// All, unless the library has still to take what came before.
  std::size_t write_now(protocol::Bytes bytes);
  void close() { end(async::aborted()); }
  bool ended() const { return static_cast<bool>(end_); }
  const Peer& peer() const { return peer_; }

 protected:
  /// Pieces that wait to be read, the first of them perhaps in part.
  class Queue {
   public:
    void push(protocol::SecretBytes piece);
    std::size_t pop(std::span<std::uint8_t> into);
    bool empty() const { return pieces_.empty(); }
    std::size_t size() const { return size_; }

   private:
    std::deque<protocol::SecretBytes> pieces_;
    std::size_t popped_ = 0;  ///< bytes of the first one
    std::size_t size_ = 0;    ///< bytes that are left
  };

  /// As receive(), of a channel that goes on; so many bytes wait to be read.
  virtual std::optional<std::size_t> room_for(std::size_t size, std::size_t waiting) const = 0;
  /// What the host writes, split anywhere: for_client() and for_host() what becomes of it.
  virtual void accept(protocol::Bytes bytes) = 0;
  void for_client(protocol::SecretBytes piece) { to_client_.push(std::move(piece)); }
  void for_host(protocol::SecretBytes piece);
  void end(std::error_code reason);

 private:
  Peer peer_;
  std::function<void()> wake_;
  Queue from_client_;
  Queue to_client_;
  bool held_back_ = false;  ///< the client has sent more than there was room for
  std::error_code end_;
  async::Event filled_;   ///< from_client_ is not empty
  async::Event drained_;  ///< to_client_ is
};

}  // namespace vscard::chardev::spicevmc
