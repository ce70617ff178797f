#include "ccid-passthru/usbredir/exporter.hpp"

using namespace vscard;

// A hostile guest that reads no more than it must, and a card that answers at once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ccid_passthru::usb::Device device(
      {.id = {}, .serial = "0", .name = "fuzz", .speed = ccid_passthru::usb::Speed::Full});
  const std::array<std::uint8_t, 2> atr{0x3b, 0x00};
  device.insert_card(protocol::iso7816::Atr::parse(atr).value(), protocol::Time{});
  ccid_passthru::usbredir::Exporter exporter(device, "fuzz");
  for (protocol::Bytes input(data, size); !input.empty();) {
    auto received = exporter.receive(input, protocol::Time{});
    if (!received) break;
    for (const auto& action : received->for_card) {
      if (!std::holds_alternative<ccid_passthru::usb::Device::Transmit>(action) || !device.busy())
        continue;
      for (auto& done : device.respond(protocol::SecretBytes::zeros(300)))
        exporter.perform(std::move(done));
    }
    while (exporter.output_bytes() > 1000) exporter.take_output();
  }
  return 0;
}
