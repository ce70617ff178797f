#include "chardev/spice/smartcard/card_message.hpp"

#include "chardev/spice/translator.hpp"

namespace vscard::chardev::spice::smartcard {
namespace {

Kept kept(ServerMessage type, std::size_t size) {
  return type == kServerData ? keep_all(size, kMaxCardMessage) : Kept(0);
}

}  // namespace

const ChannelKind kCardChannel{.type = ChannelType::SmartCard,
                               .kept = kept,
                               .is_migration = [](ServerMessage) { return false; }};

}  // namespace vscard::chardev::spice::smartcard
