#include "chardev/spice/vmc/data_message.hpp"

#include "chardev/spice/translator.hpp"

namespace vscard::chardev::spice::vmc {
namespace {

bool is_migration(ServerMessage /*type*/) { return false; }

Kept kept_of_usbredir(ServerMessage type, std::size_t size) {
  return type == kServerData ? keep_all(size, kMaxData) : Kept(0);
}

Kept kept_of_port(ServerMessage type, std::size_t size) {
  if (type == kPortInit) return keep_all(size, kMaxPortInit);
  return kept_of_usbredir(type, size);
}

}  // namespace

const ChannelKind kUsbredirChannel{
    .type = ChannelType::Usbredir, .kept = kept_of_usbredir, .is_migration = is_migration};
const ChannelKind kPortChannel{
    .type = ChannelType::Port, .kept = kept_of_port, .is_migration = is_migration};

std::expected<std::string, Errc> decode_port_name(Bytes port_init) {
  protocol::ByteReader in(port_init);
  const std::uint32_t size = in.u32_le();
  const std::uint32_t offset = in.u32_le();
  protocol::ByteReader from(port_init);
  from.bytes(offset);
  const Bytes name = from.bytes(size);
  if (!in.ok() || !from.ok() || name.empty() || name.back() != 0) {
    return std::unexpected(Errc::BadMessage);
  }
  return std::string(name.begin(), name.end() - 1);
}

}  // namespace vscard::chardev::spice::vmc
