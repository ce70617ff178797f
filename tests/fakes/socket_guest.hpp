#pragma once

#include "tests/fakes/usbredir_guest.hpp"
#include "tests/peer/raw_socket.hpp"

#include <deque>
#include <string>
#include <vector>

namespace vscard::fakes {

/// A guest at a UNIX socket: what it sends may be anything, what it receives is a line per packet.
/// It waits for answers, but not for ever: then it throws.
class SocketGuest {
 public:
  using Lines = std::vector<std::string>;

  /// Greets and configures the device, and throws when that is not answered as it should be.
  explicit SocketGuest(const std::string& path);

  /// Sends these bytes and asks a last question; what comes until that is answered. Throws when the
  /// stream ends before.
  Lines exchange(protocol::Bytes bytes);
  /// Sends these bytes and nothing more; what comes until the stream ends.
  Lines exchange_to_end(protocol::Bytes bytes);
  /// Waits for a packet with this in its line. What comes before is dropped.
  std::string wait_for(const std::string& text) { return exchange_until(text, {}).back(); }
  /// A CCID message; the answer that the next read gets, as text_of shows it. A reader
  /// that asks for time gets it.
  std::string command(protocol::Bytes message);
  /// The card's, which must be in.
  void power_on();

  const test::RawSocket& socket() const { return socket_; }

 private:
  bool exchange_some(protocol::Bytes& bytes);
  Lines exchange_until(const std::string& text, protocol::Bytes bytes);
  std::string read();

  test::RawSocket socket_;
  UsbredirGuest guest_;
  std::deque<std::string> seen_;  ///< and not given out yet
  std::uint64_t last_id_ = 0;
};

}  // namespace vscard::fakes
