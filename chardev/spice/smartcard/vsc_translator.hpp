#pragma once

#include "chardev/spice/errc.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/decoder.hpp"

#include <expected>
#include <vector>

namespace vscard::chardev::spice::smartcard {

/// Makes a SPICE server's smart card channel look like VSC on a socket, without I/O. SPICE has the
/// header's words little endian, swallows Init and Flush, and knows a reader only between ReaderAdd
/// and ReaderRemove: libspice-server aborts on other messages about one. Management messages must
/// come one at a time, each after the answer to the one before, as VscClient sends them.
class VscTranslator {
 public:
  using Messages = std::vector<protocol::SecretBytes>;

  /// What our side wrote, split anywhere.
  std::expected<void, protocol::Errc> from_client(protocol::Bytes bytes);
  /// The body of a card message.
  std::expected<void, Errc> from_server(protocol::Bytes body);

  /// VSC messages for our side to read.
  Messages take_for_client();
  /// Bodies of card messages for the server.
  Messages take_for_server();

 private:
  void translate(const protocol::vsc::Message& message);

  protocol::vsc::Decoder decoder_;
  bool reader_added_ = false;
  Messages for_client_;
  Messages for_server_;
};

}  // namespace vscard::chardev::spice::smartcard
