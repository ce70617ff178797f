#pragma once

#include "async/error.hpp"
#include "async/event.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/decoder.hpp"

#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <system_error>

namespace vscard::chardev::spicevmc {

/// A SPICE client's card channel from its link to its loss: between the library, which knows whole
/// messages and no Init, and a host, which reads and writes VSC as over any other stream. The
/// library frees what it holds when it likes, the host likewise: so they share this.
class CardChannel {
 public:
  /// `wake` makes the library take() what there is.
  CardChannel(std::string remote, std::function<void()> wake);

  // The library's side.
  /// A message from the client. False: it sends more than it can have a reason to.
  bool receive(protocol::Bytes message);
  /// Bytes for the client, never more than one message's.
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
  const std::string& remote() const { return remote_; }

 private:
  /// Messages that wait to be read, the first of them perhaps in part.
  class Queue {
   public:
    void push(protocol::SecretBytes message);
    std::size_t pop(std::span<std::uint8_t> into);
    bool empty() const { return messages_.empty(); }
    std::size_t size() const { return size_; }

   private:
    std::deque<protocol::SecretBytes> messages_;
    std::size_t popped_ = 0;  ///< bytes of the first one
    std::size_t size_ = 0;    ///< bytes that are left
  };

  void accept(protocol::Bytes bytes);
  void send(protocol::vsc::Message message);
  void end(std::error_code reason);

  std::string remote_;
  std::function<void()> wake_;
  protocol::vsc::Decoder decoder_;
  Queue from_client_;
  Queue to_client_;
  std::error_code end_;
  async::Event filled_;   ///< from_client_ is not empty
  async::Event drained_;  ///< to_client_ is
};

}  // namespace vscard::chardev::spicevmc
