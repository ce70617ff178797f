#include "chardev/spice/channel.hpp"
#include "chardev/spice/handshake.hpp"
#include "chardev/spice/main_channel.hpp"
#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/smartcard/vsc_translator.hpp"

using namespace vscard::chardev::spice;

namespace {

/// What the client begins with is a header and what it announces.
void check_request(Bytes request) {
  if (!check_magic(request.first(kMagicSize))) __builtin_trap();
  vscard::protocol::ByteReader in(request.subspan(kMagicSize));
  in.bytes(2 * sizeof(std::uint32_t));  // versions
  if (in.u32_le() != in.remaining() || !in.ok()) __builtin_trap();
}

void read_main_message(const Message& message) {
  if (message.type == kMainInit) (void)session_of(message);
  if (message.type == kMainChannelsList) (void)decode_channels(message);
}

}  // namespace

// What a server may send, after a byte that tells the channel and whether it is linked already.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vscard::protocol::ByteReader in({data, size});
  const std::uint8_t choice = in.u8();
  const ChannelKind& kind = (choice & 1) != 0 ? smartcard::kCardChannel : kMainChannel;
  const vscard::protocol::SecretBytes password;
  Handshake handshake(kind.type, kNewSession, password);
  check_request(handshake.start());
  while ((choice & 2) == 0 && handshake.wants() > 0) {
    if (handshake.wants() > in.remaining()) return 0;
    if (!handshake.receive(in.bytes(handshake.wants()))) return 0;
  }
  if (handshake.wants() == 0 && handshake.receive({})) __builtin_trap();
  Channel channel(kind);
  smartcard::VscTranslator translator;
  const Bytes said = in.rest();
  channel.feed(said);
  for (auto message = channel.next(); message && *message; message = channel.next()) {
    if ((*message)->body.size() > smartcard::kMaxCardMessage) __builtin_trap();
    if (kind.type == ChannelType::Main) read_main_message(**message);
    if ((*message)->type != smartcard::kCardMessage) continue;
    if (!translator.from_server((*message)->body.view())) break;
  }
  if (channel.take_answers().size() > 2 * said.size()) __builtin_trap();
  return 0;
}
