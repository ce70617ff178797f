#pragma once

#include "pcsc-bridge/pcsc/message.hpp"
#include "protocol/errc.hpp"

#include <expected>
#include <optional>

namespace vscard::pcsc_bridge::pcsc {

/// Cuts what a program sends into requests, as protocol::vsc::Decoder does with VSC. Every length
/// is checked before memory is allocated for it. What is fed is kept until next() has given it:
/// whoever feeds looks at buffered(). After an error every next() gives the same error.
class Decoder {
 public:
  void feed(Bytes bytes);
  /// The next request, or nothing yet. Errc::UnexpectedMessage: an unknown command.
  /// Errc::BadLength: its length or one in it is wrong.
  std::expected<std::optional<Request>, protocol::Errc> next();
  /// Bytes that next() has not used.
  std::size_t buffered() const { return buffer_.size() - used_; }

 private:
  std::expected<std::optional<Request>, protocol::Errc> parse();
  Bytes rest() const { return buffer_.view().subspan(used_); }

  SecretBytes buffer_;
  std::size_t used_ = 0;  ///< bytes at the front of buffer_
  std::optional<protocol::Errc> error_;
};

}  // namespace vscard::pcsc_bridge::pcsc
