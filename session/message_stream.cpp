#include "session/message_stream.hpp"

#include "protocol/errc.hpp"

#include <utility>

namespace vscard::session {

std::optional<std::error_code> MessageStream::receive(protocol::Bytes bytes) {
  if (!decoder_.in_message() && chardev::begins_like_tls(bytes)) return protocol::Errc::SpeaksTls;
  decoder_.feed(bytes);
  while (!loop_.ended()) {
    auto message = decoder_.next();
    if (!message) return make_error_code(message.error());
    if (!*message) break;
    machine_.receive(std::move(**message));
  }
  return std::nullopt;
}

}  // namespace vscard::session
