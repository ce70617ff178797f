#include "ccid-passthru/usbredir/exporter.hpp"

using namespace vscard;

constexpr std::uint8_t kDeviceDisconnect = 2;  ///< packet type, usbredirproto.h

// A hostile guest that reads no more than it must, and a card that answers at once. In the end the
// guest reads, and the device is unplugged: the last packet says so to a guest that has greeted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ccid_passthru::usb::Device device(
      {.id = {}, .serial = "0", .name = "fuzz", .speed = ccid_passthru::usb::Speed::Full});
  const std::array<std::uint8_t, 2> atr{0x3b, 0x00};
  device.insert_card(protocol::iso7816::Atr::parse(atr).value(), protocol::Time{});
  ccid_passthru::usbredir::Exporter exporter(device, "fuzz");
  bool greeted = false;
  for (protocol::Bytes input(data, size); !input.empty();) {
    auto received = exporter.receive(input, protocol::Time{});
    if (!received) return 0;
    greeted = greeted || received->greeted;
    for (const auto& action : received->for_card) {
      if (!std::holds_alternative<ccid_passthru::usb::Device::Transmit>(action) || !device.busy())
        continue;
      for (auto& done : device.respond(protocol::SecretBytes::zeros(300)))
        exporter.perform(std::move(done));
    }
    while (exporter.output_bytes() > 1000) exporter.take_output();
  }
  while (exporter.take_output()) continue;
  exporter.disconnect();
  const auto last = exporter.take_output();
  if (greeted && (!last || last->view().front() != kDeviceDisconnect)) __builtin_trap();
  if (exporter.take_output()) __builtin_trap();
  return 0;
}
