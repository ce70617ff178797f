#include "chardev/vnc/login_watch.hpp"

namespace vscard::chardev::vnc {

std::optional<LoginWatch::Piece> LoginWatch::next() const {
  if (state_ == State::Viewer || state_ == State::Announced) return std::nullopt;
  return Piece{.from = speaker(), .size = size_};
}

LoginWatch::Side LoginWatch::speaker() const {
  switch (state_) {
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

void LoginWatch::passed(Bytes bytes) {
  switch (state_) {
    case State::ServerVersion:
      return proceed(has_38(bytes) ? State::ClientVersion : State::Viewer, kVersionSize);
    case State::ClientVersion:
      // A later one is not RFC 6143's.
      return proceed(is_38(bytes) ? State::TypeCount : State::Viewer, 1);
    case State::TypeCount:
      return proceed(bytes[0] > 0 ? State::Types : State::Viewer, bytes[0]);
    case State::Types:
      return proceed(State::Choice, 1);
    case State::Choice:
      return choose(Security{bytes[0]});
    case State::Challenge:
      return proceed(State::Answer, kChallengeSize);
    case State::Answer:
      return proceed(State::Result, kResultSize);
    case State::Result:
      return proceed(is_ok(bytes) ? State::ClientInit : State::Viewer, 1);
    case State::ClientInit:
      return proceed(State::ServerInit, kServerInitSize);
    case State::ServerInit:
      if (name_size(bytes) > kMaxName) return proceed(State::Viewer, 0);
      if (name_size(bytes) > 0) return proceed(State::Name, name_size(bytes));
      return proceed(State::MessageType, 1);
    case State::Name:
    case State::PixelFormat:
      return proceed(State::MessageType, 1);
    case State::MessageType:
      return begin_message(ClientMessage{bytes[0]});
    case State::EncodingCount:
      return list(encoding_count(bytes));
    case State::Encodings:
      return proceed(announces(bytes) ? State::Announced : State::Viewer, 0);
    case State::Viewer:
    case State::Announced:
      break;
  }
}

void LoginWatch::proceed(State next, std::size_t size) {
  state_ = next;
  size_ = size;
}

void LoginWatch::choose(Security type) {
  switch (type) {
    case Security::None:
      return proceed(State::Result, kResultSize);
    case Security::VncPassword:
      return proceed(State::Challenge, kChallengeSize);
  }
  proceed(State::Viewer, 0);
}

void LoginWatch::begin_message(ClientMessage type) {
  switch (type) {
    case ClientMessage::SetPixelFormat:
      return proceed(State::PixelFormat, kPixelFormatRest);
    case ClientMessage::SetEncodings:
      return proceed(State::EncodingCount, kEncodingsRest);
  }
  proceed(State::Viewer, 0);
}

void LoginWatch::list(std::size_t encodings) {
  const bool watched = encodings > 0 && encodings <= kMaxEncodings;
  proceed(watched ? State::Encodings : State::Viewer, encodings * kEncodingSize);
}

}  // namespace vscard::chardev::vnc
