#include "chardev/vnc/login.hpp"

#include "chardev/vnc/password.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::vnc {

Login::Received Login::receive(Bytes bytes) {
  switch (state_) {
    case State::Version:
      return receive_version(bytes);
    case State::TypeCount:
      if (bytes[0] == 0) return std::unexpected(Errc::Refused);
      return proceed(State::Types, bytes[0]);
    case State::Types:
      return choose(bytes);
    case State::TlsVersion:
      if (!std::ranges::equal(bytes, kVeNCryptVersion)) return std::unexpected(Errc::UnknownLogin);
      return proceed(State::TlsAccepted, 1, {bytes.begin(), bytes.end()});
    case State::TlsAccepted:
      if (bytes[0] != kVeNCryptOk) return std::unexpected(Errc::Refused);
      return proceed(State::SubtypeCount, 1);
    case State::SubtypeCount:
      if (bytes[0] == 0) return std::unexpected(Errc::Refused);
      return proceed(State::Subtypes, bytes[0] * kSubtypeSize);
    case State::Subtypes:
      return choose_subtype(bytes);
    case State::TlsBegins:
      if (bytes[0] != kVeNCryptBegins) return std::unexpected(Errc::Refused);
      return proceed(State::Tls, 0);
    case State::Challenge: {
      auto answer = answer_challenge(bytes, password_);
      if (!answer) return answer;
      return proceed(State::Result, kResultSize, std::move(*answer));
    }
    case State::Result:
      return receive_result(bytes);
    case State::Init:
      return receive_init(bytes);
    case State::Name:
      return announce();
    case State::Tls:
    case State::Announced:
      break;
  }
  return std::unexpected(Errc::BadMessage);
}

void Login::encrypted() {
  const bool password = type_ == Security::VncPassword;
  state_ = password ? State::Challenge : State::Result;
  wants_ = password ? kChallengeSize : kResultSize;
}

Login::Received Login::proceed(State next, std::size_t wants, std::vector<std::uint8_t> answer) {
  state_ = next;
  wants_ = wants;
  return answer;
}

Login::Received Login::receive_version(Bytes version) {
  if (!is_rfb(version)) return std::unexpected(Errc::NotRfb);
  if (!has_38(version)) return std::unexpected(Errc::AnotherVersion);
  return proceed(State::TypeCount, 1, {kVersion.begin(), kVersion.end()});
}

/// Whoever gave a password wants it to be used, and whoever asks for TLS nothing else.
Login::Received Login::choose(Bytes types) {
  const auto offered = [types](Security type) {
    return std::ranges::find(types, static_cast<std::uint8_t>(type)) != types.end();
  };
  if (encryption_ == Encryption::Tls) {
    if (!offered(Security::VeNCrypt)) return std::unexpected(Errc::NoTls);
    return proceed(State::TlsVersion, kVeNCryptVersion.size(),
                   {static_cast<std::uint8_t>(Security::VeNCrypt)});
  }
  const bool can_answer = offered(Security::VncPassword) && !password_.empty();
  if (!can_answer && !offered(Security::None)) {
    return std::unexpected(offered(Security::VncPassword) ? Errc::NeedsPassword
                                                          : Errc::UnknownLogin);
  }
  type_ = can_answer ? Security::VncPassword : Security::None;
  const std::vector choice{static_cast<std::uint8_t>(type_)};
  if (can_answer) return proceed(State::Challenge, kChallengeSize, choice);
  return proceed(State::Result, kResultSize, choice);
}

Login::Received Login::choose_subtype(Bytes subtypes) {
  bool none = false;
  bool password = false;
  for (; !subtypes.empty(); subtypes = subtypes.subspan(kSubtypeSize)) {
    const auto login = login_of(subtypes.first(kSubtypeSize));
    none |= login == Security::None;
    password |= login == Security::VncPassword;
  }
  const bool can_answer = password && !password_.empty();
  if (!can_answer && !none) {
    return std::unexpected(password ? Errc::NeedsPassword : Errc::NoTls);
  }
  type_ = can_answer ? Security::VncPassword : Security::None;
  std::vector<std::uint8_t> choice;
  protocol::ByteWriter(choice).u32_be(static_cast<std::uint32_t>(subtype_of(type_)));
  return proceed(State::TlsBegins, 1, std::move(choice));
}

Login::Received Login::receive_result(Bytes result) {
  if (is_ok(result)) return proceed(State::Init, kServerInitSize, {kShared});
  const bool password = type_ == Security::VncPassword;
  return std::unexpected(password ? Errc::WrongPassword : Errc::Refused);
}

Login::Received Login::receive_init(Bytes init) {
  const std::size_t size = name_size(init);
  if (size > kMaxName) return std::unexpected(Errc::BadMessage);
  if (size == 0) return announce();
  return proceed(State::Name, size);
}

Login::Received Login::announce() { return proceed(State::Announced, 0, encode_announcement()); }

}  // namespace vscard::chardev::vnc
