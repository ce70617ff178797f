#include "chardev/spice/smartcard/card_message.hpp"

namespace vscard::chardev::spice::smartcard {
namespace {

Kept kept(ServerMessage type, std::size_t size) {
  return type == kCardMessage ? keep_all(size, kMaxCardMessage) : Kept(0);
}

}  // namespace

const ChannelKind kCardChannel{.type = ChannelType::SmartCard,
                               .kept = kept,
                               .is_migration = [](ServerMessage) { return false; }};

protocol::SecretBytes encode_card_message(Bytes body) {
  return encode_message(ClientMessage{101}, body);
}

}  // namespace vscard::chardev::spice::smartcard
