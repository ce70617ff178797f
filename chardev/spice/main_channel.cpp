#include "chardev/spice/main_channel.hpp"

namespace vscard::chardev::spice {
namespace {

using protocol::ByteReader;

constexpr ServerMessage kMigrateBegin{101};
constexpr ServerMessage kMigrateSwitch{111};
constexpr ServerMessage kMigrateSeamless{116};
constexpr ClientMessage kAttachChannels{104};
constexpr std::size_t kInitSize = 32;  ///< bytes: session and seven words about a display
constexpr std::size_t kMaxListSize = 4 + 2 * 256;  ///< bytes; a bound of ours

Kept kept(ServerMessage type, std::size_t size) {
  if (type == kMainInit) return keep_first(kInitSize, size);
  if (type == kMainChannelsList) return keep_all(size, kMaxListSize);
  return 0;
}

bool is_migration(ServerMessage type) {
  return type == kMigrateBegin || type == kMigrateSwitch || type == kMigrateSeamless;
}

}  // namespace

const ChannelKind kMainChannel{
    .type = ChannelType::Main, .kept = kept, .is_migration = is_migration};

protocol::SecretBytes encode_attach_channels() { return encode_message(kAttachChannels, {}); }

SessionId session_of(const Message& main_init) {
  return SessionId{ByteReader(main_init.body.view()).u32_le()};
}

std::expected<std::vector<ChannelId>, Errc> decode_channels(const Message& channels_list) {
  ByteReader in(channels_list.body.view());
  const std::uint32_t count = in.u32_le();
  std::vector<ChannelId> channels;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const ChannelType type{in.u8()};
    channels.push_back({type, ChannelNumber{in.u8()}});
  }
  if (!in.ok_and_done()) return std::unexpected(Errc::BadMessage);
  return channels;
}

}  // namespace vscard::chardev::spice
