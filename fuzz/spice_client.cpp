#include "chardev/spice/channel.hpp"
#include "chardev/spice/handshake.hpp"
#include "chardev/spice/main_channel.hpp"
#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/smartcard/vsc_translator.hpp"
#include "chardev/spice/vmc/byte_translator.hpp"
#include "chardev/spice/vmc/data_message.hpp"

#include <algorithm>
#include <array>
#include <memory>

using namespace vscard::chardev::spice;

namespace {

constexpr std::array<const ChannelKind*, 4> kKinds{&kMainChannel, &smartcard::kCardChannel,
                                                   &vmc::kUsbredirChannel, &vmc::kPortChannel};

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

std::unique_ptr<Translator> translator_of(ChannelType type) {
  if (type == ChannelType::SmartCard) return std::make_unique<smartcard::VscTranslator>();
  if (type == ChannelType::Port) return std::make_unique<vmc::ByteTranslator>("org.vscard.a");
  return std::make_unique<vmc::ByteTranslator>();
}

/// Bytes that are not translated come as they were sent.
void check_bytes(const Message& message, const Translator::Pieces& pieces) {
  const bool some = message.type == kServerData && !message.body.empty();
  if (pieces.size() != (some ? 1U : 0U)) __builtin_trap();
  if (some && !std::ranges::equal(pieces[0].view(), message.body.view())) __builtin_trap();
}

}  // namespace

// What a server may send, after a byte that tells the channel and whether it is linked already.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vscard::protocol::ByteReader in({data, size});
  const std::uint8_t choice = in.u8();
  const ChannelKind& kind = *kKinds[(choice & 1U) + (choice & 4U) / 2];
  const vscard::protocol::SecretBytes password;
  Handshake handshake({kind.type}, kNewSession, password);
  check_request(handshake.start());
  while ((choice & 2) == 0 && handshake.wants() > 0) {
    if (handshake.wants() > in.remaining()) return 0;
    if (!handshake.receive(in.bytes(handshake.wants()))) return 0;
  }
  if (handshake.wants() == 0 && handshake.receive({})) __builtin_trap();
  Channel channel(kind);
  const auto translator = translator_of(kind.type);
  const Bytes said = in.rest();
  channel.feed(said);
  for (auto message = channel.next(); message && *message; message = channel.next()) {
    if ((*message)->body.size() > vmc::kMaxData) __builtin_trap();
    if (kind.type == ChannelType::Main) {
      read_main_message(**message);
      continue;
    }
    if (translator->from_server(**message)) break;
    const auto pieces = translator->take_for_client();
    if (kind.type != ChannelType::SmartCard) check_bytes(**message, pieces);
  }
  if (channel.take_answers().size() > 2 * said.size()) __builtin_trap();
  return 0;
}
