#include "chardev/spicevmc/client_guard.hpp"

#include "chardev/spice/message.hpp"

#include <algorithm>
#include <spice/enums.h>

namespace vscard::chardev::spicevmc {
namespace {

using protocol::ByteReader;
using spice::Bytes;
using spice::CommonCapability;

// Bytes; bounds of ours. Viewers send 30, and 64 KiB.
constexpr std::size_t kMaxLinkRequest = 4096;
constexpr std::size_t kMaxBody = std::size_t{128} * 1024;

constexpr std::size_t kFixedLinkRequest = 18;  ///< bytes, without capabilities
constexpr std::uint32_t kByTicket = 1;
constexpr std::size_t kLoginSize = sizeof(kByTicket) + spice::kTicketSize;  ///< bytes

/// The first word of the client's common capabilities; 0: what it says makes no sense.
std::uint32_t capabilities(Bytes request) {
  ByteReader in(request.subspan(sizeof(spice::SessionId) + 2 * sizeof(std::uint8_t)));
  const std::uint32_t words = in.u32_le();
  in.u32_le();  // words of the channel's
  const std::uint32_t offset = in.u32_le();
  ByteReader from(request);
  from.bytes(offset);
  return words > 0 ? from.u32_le() : 0;
}

/// The server moves nowhere, and offers no compression on a port.
bool may_be_sent(spice::ChannelType channel, std::uint16_t type) {
  if (type == SPICE_MSGC_MIGRATE_FLUSH_MARK || type == SPICE_MSGC_MIGRATE_DATA) return false;
  return channel != spice::ChannelType::Port || type != SPICE_MSGC_SPICEVMC_COMPRESSED_DATA;
}

}  // namespace

bool ClientGuard::pass(Bytes bytes) {
  while (!bytes.empty() && step_.state != State::Refused) {
    const std::size_t missing = step_.size - piece_.size() - skipped_;
    const Bytes part = bytes.first(std::min(bytes.size(), missing));
    bytes = bytes.subspan(part.size());
    if (step_.state == State::MessageBody) {
      skipped_ += part.size();
    } else {
      piece_.insert(piece_.end(), part.begin(), part.end());
    }
    if (part.size() < missing) break;
    step_ = after(piece_);
    piece_.clear();
    skipped_ = 0;
  }
  return step_.state != State::Refused;
}

ClientGuard::Step ClientGuard::after(Bytes piece) {
  switch (step_.state) {
    case State::LinkHeader:
      return after_link_header(piece);
    case State::LinkRequest:
      return after_link_request(piece);
    case State::Login:
      return after_login(piece);
    case State::MessageHeader:
      return after_message_header(piece);
    case State::MessageBody:
      return {.state = State::MessageHeader, .size = spice::kMessageHeader};
    case State::Refused:
      break;
  }
  return {.state = State::Refused};
}

ClientGuard::Step ClientGuard::after_link_header(Bytes header) {
  ByteReader in(header);
  if (!spice::check_magic(in.bytes(spice::kMagicSize))) return {.state = State::Refused};
  in.bytes(2 * sizeof(std::uint32_t));  // versions, to which the library has an answer
  const std::size_t size = in.u32_le();
  if (size < kFixedLinkRequest || size > kMaxLinkRequest) return {.state = State::Refused};
  return {.state = State::LinkRequest, .size = size};
}

ClientGuard::Step ClientGuard::after_link_request(Bytes request) {
  channel_ = spice::ChannelType{request[sizeof(spice::SessionId)]};
  const std::uint32_t common = capabilities(request);
  const bool known =
      has(common, CommonCapability::AuthSelection) && has(common, CommonCapability::MiniHeader);
  if (!known) return {.state = State::Refused};
  return {.state = State::Login, .size = kLoginSize};
}

ClientGuard::Step ClientGuard::after_login(Bytes login) {
  if (ByteReader(login).u32_le() != kByTicket) return {.state = State::Refused};
  return {.state = State::MessageHeader, .size = spice::kMessageHeader};
}

ClientGuard::Step ClientGuard::after_message_header(Bytes header) const {
  ByteReader in(header);
  const std::uint16_t type = in.u16_le();
  const std::size_t size = in.u32_le();
  if (size > kMaxBody || !may_be_sent(channel_, type)) return {.state = State::Refused};
  if (size == 0) return {.state = State::MessageHeader, .size = spice::kMessageHeader};
  return {.state = State::MessageBody, .size = size};
}

}  // namespace vscard::chardev::spicevmc
