#include "protocol/vpcd/card.hpp"
#include "protocol/vpcd/reader.hpp"

using namespace vscard::protocol;
using namespace vscard::protocol::vpcd;

namespace {

constexpr Time kNow{};

/// A hostile card: it is asked for something whenever it may be.
void play_card(Bytes bytes) {
  Decoder decoder;
  VpcdReader reader;
  int resets = 0;
  const auto next_action = [&resets] { return static_cast<vsc::PowerAction>(resets++ % 3); };
  static_cast<void>(reader.start(kNow));
  decoder.feed(bytes);
  while (auto message = decoder.next()) {
    const bool short_answer = message->size() < 2;
    for (const auto& action : reader.receive(std::move(*message), kNow)) {
      if (std::holds_alternative<VpcdReader::Response>(action) && short_answer) __builtin_trap();
    }
    if (reader.idle() == reader.deadline().has_value() && reader.idle()) __builtin_trap();
    if (reader.idle()) static_cast<void>(reader.reset(next_action(), kNow));
    if (reader.idle()) static_cast<void>(reader.transmit(SecretBytes::zeros(4), kNow));
  }
}

/// A hostile reader: its commands are answered.
void play_reader(Bytes bytes) {
  const std::array<std::uint8_t, 2> atr{0x3b, 0x00};
  Decoder decoder;
  VpcdCard card;
  card.start(iso7816::Atr::parse(atr).value());
  decoder.feed(bytes);
  while (auto message = decoder.next()) {
    const bool empty = message->empty();
    for (const auto& action : card.receive(std::move(*message), kNow)) {
      if (!std::holds_alternative<VpcdCard::Transmit>(action)) continue;
      if (empty || !card.deadline()) __builtin_trap();
      static_cast<void>(card.respond(SecretBytes::zeros(2)));
      if (card.deadline()) __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  play_card({data, size});
  play_reader({data, size});
  return 0;
}
