#include "ccid-passthru/usbip/exporter.hpp"
#include "ccid-passthru/usbip/operation.hpp"

using namespace vscard;
using namespace vscard::ccid_passthru;

namespace {

/// Counts requests and answers: each transfer has one end.
class Books {
 public:
  /// False: it is not USB/IP.
  bool note_requests(protocol::Bytes input) {
    while (!input.empty()) {
      const auto next = decoder_.next(input);
      if (!next) return false;
      if (*next && std::holds_alternative<usbip::Submit>(**next)) ++open_;
    }
    return true;
  }
  void note_answer(protocol::Bytes packet) {
    protocol::ByteReader in(packet);
    const std::uint32_t command = in.u32_be();
    in.bytes(16);
    const auto status = static_cast<std::int32_t>(in.u32_be());
    if (command == 3 || (command == 4 && status != 0)) --open_;
    if (open_ < 0) __builtin_trap();
  }
  void close() const {
    if (open_ != 0) __builtin_trap();
  }

 private:
  usbip::RequestDecoder decoder_;
  long open_ = 0;
};

}  // namespace

// A hostile client that has imported the device, and a card that answers at once. In the end the
// bus is reset. What begins a connection is parsed from the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const protocol::Bytes all(data, size);
  static_cast<void>(usbip::parse_operation(all.first(std::min(size, usbip::kOperationHeader))));
  static_cast<void>(usbip::parse_bus_id(all.first(std::min(size, usbip::kBusIdField))));

  usb::Device device({.id = {}, .serial = "0", .name = "fuzz", .speed = usb::Speed::Full});
  const std::array<std::uint8_t, 2> atr{0x3b, 0x00};
  device.insert_card(protocol::iso7816::Atr::parse(atr).value(), protocol::Time{});
  usbip::Exporter exporter(device, {});
  exporter.take_output();
  Books books;
  if (!books.note_requests(all)) return 0;
  for (protocol::Bytes input = all; !input.empty();) {
    auto received = exporter.receive(input, protocol::Time{});
    if (!received) __builtin_trap();
    for (const auto& action : received->for_card) {
      if (!std::holds_alternative<usb::Device::Transmit>(action) || !device.busy()) continue;
      for (auto& done : device.respond(protocol::SecretBytes::zeros(300)))
        exporter.perform(std::move(done));
    }
    while (const auto packet = exporter.take_output()) books.note_answer(packet->view());
  }
  for (auto& action : device.reset()) exporter.perform(std::move(action));
  while (const auto packet = exporter.take_output()) books.note_answer(packet->view());
  books.close();
  if (exporter.output_bytes() != 0) __builtin_trap();
  return 0;
}
