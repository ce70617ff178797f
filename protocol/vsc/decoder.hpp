#pragma once

#include "protocol/errc.hpp"
#include "protocol/vsc/message.hpp"

#include <array>
#include <expected>
#include <optional>

namespace vscard::protocol::vsc {

/// Cuts a byte stream into messages:
///
///     decoder.feed(bytes);                      // as they come, split anywhere
///     while (true) {
///       auto message = decoder.next();
///       if (!message) …                         // the stream is lost: close it
///       if (!*message) break;                   // read more bytes
///       …
///     }
///
/// A header is checked before a byte of its payload is buffered, so a peer can make it hold no more
/// than kMaxPayload. After an error every next() gives the same error.
class Decoder {
 public:
  /// `bytes` must stay valid until next() has given "no message": what is needed of them is copied
  /// by then.
  void feed(Bytes bytes) { input_ = ByteReader(bytes); }

  std::expected<std::optional<Message>, Errc> next();

  /// Is part of a message held?
  bool in_message() const { return header_size_ > 0; }

 private:
  struct Header {
    std::uint32_t type = 0;
    ReaderId reader{};
    std::uint32_t length = 0;
  };

  bool read_header();
  bool read_payload();
  Errc fail(Errc errc);

  ByteReader input_{Bytes{}};
  std::array<std::uint8_t, kHeaderSize> header_bytes_{};
  std::size_t header_size_ = 0;  ///< bytes of header_bytes_ that are there
  Header header_;                ///< valid iff header_size_ == kHeaderSize
  SecretBytes payload_;          ///< of a known type
  std::uint32_t skipped_ = 0;    ///< bytes of an unknown type's payload
  std::optional<Errc> error_;
};

}  // namespace vscard::protocol::vsc
