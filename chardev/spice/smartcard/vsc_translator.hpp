#pragma once

#include "chardev/spice/translator.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/decoder.hpp"

namespace vscard::chardev::spice::smartcard {

/// Makes a SPICE server's smart card channel look like VSC on a socket, without I/O. SPICE has the
/// header's words little endian, swallows Init and Flush, and knows a reader only between ReaderAdd
/// and ReaderRemove: at other times no message about one goes there. Management messages must come
/// one at a time, each after the answer to the one before, as VscClient sends them.
class VscTranslator final : public Translator {
 public:
  std::error_code from_client(Bytes bytes) override;
  std::error_code from_server(const Message& message) override;
  /// VSC messages.
  Pieces take_for_client() override;
  Pieces take_for_server() override;

 private:
  void translate(const protocol::vsc::Message& message);

  protocol::vsc::Decoder decoder_;
  bool reader_added_ = false;
  Pieces for_client_;
  Pieces for_server_;
};

}  // namespace vscard::chardev::spice::smartcard
