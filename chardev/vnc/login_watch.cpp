#include "chardev/vnc/login_watch.hpp"

namespace vscard::chardev::vnc {

std::optional<LoginWatch::Piece> LoginWatch::next() const {
  if (step_.state == State::Viewer || step_.state == State::Announced) return std::nullopt;
  return Piece{.from = speaker(), .size = step_.size};
}

void LoginWatch::passed(Bytes bytes) { step_ = after(bytes); }

LoginWatch::Side LoginWatch::speaker() const {
  switch (step_.state) {
    case State::ServerVersion:
    case State::TypeCount:
    case State::Types:
    case State::Challenge:
    case State::Result:
    case State::ServerInit:
    case State::Name:
      return Side::Server;
    case State::ClientVersion:
    case State::Choice:
    case State::Answer:
    case State::ClientInit:
    case State::MessageType:
    case State::PixelFormat:
    case State::EncodingCount:
    case State::Encodings:
    case State::Viewer:
    case State::Announced:
      break;
  }
  return Side::Client;
}

LoginWatch::Step LoginWatch::after(Bytes bytes) const {
  constexpr Step kViewer{.state = State::Viewer};
  switch (step_.state) {
    case State::ServerVersion:
      return has_38(bytes) ? Step{State::ClientVersion, kVersionSize} : kViewer;
    case State::ClientVersion:
      // A later one is not RFC 6143's.
      return is_38(bytes) ? Step{State::TypeCount, 1} : kViewer;
    case State::TypeCount:
      return bytes[0] > 0 ? Step{State::Types, bytes[0]} : kViewer;
    case State::Types:
      return {State::Choice, 1};
    case State::Choice:
      return after_choice(Security{bytes[0]});
    case State::Challenge:
      return {State::Answer, kChallengeSize};
    case State::Answer:
      return {State::Result, kResultSize};
    case State::Result:
      return is_ok(bytes) ? Step{State::ClientInit, 1} : kViewer;
    case State::ClientInit:
      return {State::ServerInit, kServerInitSize};
    case State::ServerInit:
      return after_init(bytes);
    case State::Name:
    case State::PixelFormat:
      return {State::MessageType, 1};
    case State::MessageType:
      return begin_message(ClientMessage{bytes[0]});
    case State::EncodingCount:
      return list(encoding_count(bytes));
    case State::Encodings:
      return announces(bytes) ? Step{State::Announced} : kViewer;
    case State::Viewer:
    case State::Announced:
      break;
  }
  return step_;
}

LoginWatch::Step LoginWatch::after_choice(Security type) {
  switch (type) {
    case Security::None:
      return {State::Result, kResultSize};
    case Security::VncPassword:
      return {State::Challenge, kChallengeSize};
    case Security::VeNCrypt:
      break;
  }
  return {State::Viewer};
}

LoginWatch::Step LoginWatch::after_init(Bytes init) {
  const std::size_t size = name_size(init);
  if (size > kMaxName) return {State::Viewer};
  if (size > 0) return {State::Name, size};
  return {State::MessageType, 1};
}

LoginWatch::Step LoginWatch::begin_message(ClientMessage type) {
  switch (type) {
    case ClientMessage::SetPixelFormat:
      return {State::PixelFormat, kPixelFormatRest};
    case ClientMessage::SetEncodings:
      return {State::EncodingCount, kEncodingsRest};
  }
  return {State::Viewer};
}

LoginWatch::Step LoginWatch::list(std::size_t encodings) {
  if (encodings == 0 || encodings > kMaxEncodings) return {State::Viewer};
  return {State::Encodings, encodings * kEncodingSize};
}

}  // namespace vscard::chardev::vnc
