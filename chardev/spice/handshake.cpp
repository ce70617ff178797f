#include "chardev/spice/handshake.hpp"

#include "chardev/spice/ticket.hpp"

namespace vscard::chardev::spice {

Handshake::Handshake(ChannelId channel, SessionId session, const protocol::SecretBytes& password)
    : channel_(channel), session_(session), password_(password) {}

std::vector<std::uint8_t> Handshake::start() const {
  return encode_link_request(channel_, session_);
}

std::expected<std::vector<std::uint8_t>, Errc> Handshake::receive(Bytes bytes) {
  switch (state_) {
    case State::Magic: {
      if (const auto magic = check_magic(bytes); !magic) return std::unexpected(magic.error());
      return proceed(State::Header, kLinkHeaderRest);
    }
    case State::Header: {
      const auto size = decode_link_header(bytes);
      if (!size) return std::unexpected(size.error());
      return proceed(State::Reply, *size);
    }
    case State::Reply:
      return receive_reply(bytes);
    case State::Result:
      return receive_result(bytes);
    case State::Linked:
      break;
  }
  return std::unexpected(Errc::BadMessage);
}

Handshake::Received Handshake::proceed(State next, std::size_t wants) {
  state_ = next;
  wants_ = wants;
  return Received{};
}

Handshake::Received Handshake::receive_reply(Bytes bytes) {
  const auto reply = decode_link_reply(bytes);
  if (!reply) return std::unexpected(reply.error());
  if (reply->status != LinkStatus::Ok) return std::unexpected(reason(reply->status));
  if (!has(reply->capabilities, CommonCapability::AuthSelection) ||
      !has(reply->capabilities, CommonCapability::MiniHeader)) {
    return std::unexpected(Errc::AnotherVersion);
  }
  if (!has(reply->capabilities, CommonCapability::AuthSpice)) {
    return std::unexpected(Errc::NeedsSasl);
  }
  const auto ticket = encrypt_ticket(reply->public_key, password_);
  if (!ticket) return std::unexpected(ticket.error());
  state_ = State::Result;
  wants_ = kLinkResultSize;
  return encode_authentication(*ticket);
}

Handshake::Received Handshake::receive_result(Bytes bytes) {
  const LinkStatus status = decode_link_result(bytes);
  if (status != LinkStatus::Ok) return std::unexpected(reason(status));
  return proceed(State::Linked, 0);
}

Errc Handshake::reason(LinkStatus status) const {
  switch (status) {
    case LinkStatus::VersionMismatch:
      return Errc::AnotherVersion;
    case LinkStatus::NeedSecured:
      return Errc::NeedsTls;
    case LinkStatus::NeedUnsecured:
      return Errc::NeedsPlain;
    case LinkStatus::PermissionDenied:
      return password_.empty() ? Errc::NeedsPassword : Errc::WrongPassword;
    case LinkStatus::BadConnectionId:
      return Errc::SessionGone;
    case LinkStatus::ChannelNotAvailable:
      return Errc::NoSuchChannel;
    case LinkStatus::Ok:
      break;
  }
  return Errc::Refused;
}

}  // namespace vscard::chardev::spice
