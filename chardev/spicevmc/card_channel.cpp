#include "chardev/spicevmc/card_channel.hpp"

#include "protocol/vsc/peer_limits.hpp"

#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

namespace vsc = protocol::vsc;
using protocol::SecretBytes;

/// Bytes: the library takes commands of at most 270 on this way. The limit is kept here.
constexpr std::size_t kMaxCommand = 270;
/// Bytes: a client sends one response or request at a time.
constexpr std::size_t kMaxFromClient = 2 * (vsc::kHeaderSize + vsc::kMaxPayload);

}  // namespace

CardChannel::CardChannel(Peer peer, std::function<void()> wake)
    : ClientChannel(std::move(peer), std::move(wake)) {
  // The library keeps the client's own one to itself.
  for_host(vsc::encode({protocol::vsc::kUndefinedReader, vsc::Init{}}));
}

/// All, always: what is not taken the library would queue, without a limit.
std::optional<std::size_t> CardChannel::room_for(std::size_t size, std::size_t waiting) const {
  if (waiting + size > kMaxFromClient) return std::nullopt;
  return size;
}

/// An error is the session's end.
void CardChannel::accept(protocol::Bytes bytes) {
  decoder_.feed(bytes);
  while (!ended()) {
    auto message = decoder_.next();
    if (!message) {
      end(make_error_code(message.error()));
    } else if (!*message) {
      break;
    } else {
      send(std::move(**message));
    }
  }
}

void CardChannel::send(vsc::Message message) {
  if (std::holds_alternative<vsc::Init>(message.body)) return;  // the library would drop it
  const auto* command = std::get_if<vsc::Apdu>(&message.body);
  if (command == nullptr || command->bytes.size() <= kMaxCommand) {
    for_client(vsc::encode(message));
    return;
  }
  const auto status = protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::WrongLength);
  message.body = vsc::Apdu{SecretBytes::copy_of(status)};
  for_host(vsc::encode(message));
}

}  // namespace vscard::chardev::spicevmc
