#include "ccid-passthru/usbredir/exporter.hpp"

#include <utility>
#include <variant>

namespace vscard::usbredir {
namespace {

using usb::Setup;
using usb::Status;

// Standard requests that have packets of their own, USB 2.0 §9.4.
constexpr Setup set_configuration(std::uint8_t value) {
  return {.request_type = 0x00, .request = 9, .value = value};
}
constexpr Setup set_interface(std::uint8_t interface, std::uint8_t alt) {
  return {.request_type = 0x01, .request = 11, .value = alt, .index = interface};
}
constexpr Setup get_interface(std::uint8_t interface) {
  return {.request_type = 0x81, .request = 10, .index = interface, .length = 1};
}

bool is_input(std::uint8_t address) { return (address & 0x80) != 0; }

}  // namespace

Exporter::Exporter(usb::Device& device, const std::string& version)
    : device_(device), codec_(version) {}

std::expected<Exporter::Received, Errc> Exporter::receive(protocol::Bytes& input,
                                                          protocol::Time now) {
  auto request = codec_.next(input);
  if (!request) return std::unexpected(request.error());
  Received received;
  now_ = now;
  if (*request) {
    std::visit([&](auto& packet) { handle(std::move(packet), received); }, **request);
  }
  return received;
}

void Exporter::perform(usb::Device::Action action) {
  auto* completed = std::get_if<usb::Device::Completed>(&action);
  // InterruptReady: take_output() looks itself.
  if (completed == nullptr) return;
  codec_.send(BulkPacket{.id = completed->id,
                         .endpoint = completed->endpoint,
                         .length = static_cast<std::uint32_t>(completed->length),
                         .status = completed->status,
                         .data = std::move(completed->data)});
}

void Exporter::disconnect() {
  receives_interrupts_ = false;
  codec_.send_disconnect();
}

std::optional<protocol::SecretBytes> Exporter::take_output() {
  if (codec_.output_bytes() == 0 && receives_interrupts_) {
    if (const auto notification = device_.take_notification()) {
      codec_.send_interrupt(usb::kInterruptIn, protocol::SecretBytes::copy_of(*notification));
    }
  }
  return codec_.take_output();
}

void Exporter::handle(Hello /*request*/, Received& /*received*/) {
  codec_.send_layout(device_.descriptors());
  codec_.send_connect(device_.descriptors());
}

void Exporter::handle(Reset /*request*/, Received& received) {
  receives_interrupts_ = false;
  sort(device_.reset(), received);
}

// A new configuration or alternate setting ends the interrupt stream, and the protocol wants the
// layout told again before its status.

void Exporter::handle(SetConfiguration request, Received& received) {
  receives_interrupts_ = false;
  const auto result = control(set_configuration(request.configuration), received);
  codec_.send_layout(device_.descriptors());
  codec_.send(ConfigurationStatus{request.id, result.status, device_.configuration()});
}

void Exporter::handle(GetConfiguration request, Received& /*received*/) {
  codec_.send(ConfigurationStatus{request.id, Status::Success, device_.configuration()});
}

void Exporter::handle(SetAltSetting request, Received& received) {
  receives_interrupts_ = false;
  const auto result = control(set_interface(request.interface, request.alt), received);
  codec_.send_layout(device_.descriptors());
  codec_.send(AltSettingStatus{request.id, result.status, request.interface, request.alt});
}

void Exporter::handle(GetAltSetting request, Received& received) {
  const auto result = control(get_interface(request.interface), received);
  const std::uint8_t alt = result.data.empty() ? 0 : result.data.front();
  codec_.send(AltSettingStatus{request.id, result.status, request.interface, alt});
}

void Exporter::handle(StartInterruptReceiving request, Received& received) {
  const bool known = request.endpoint == usb::kInterruptIn;
  codec_.send(InterruptReceivingStatus{request.id, known ? Status::Success : Status::Invalid,
                                       request.endpoint});
  if (!known) return;
  receives_interrupts_ = true;
  // A guest that starts anew would otherwise wait for the first change.
  sort(device_.announce_slot(), received);
}

void Exporter::handle(StopInterruptReceiving request, Received& /*received*/) {
  const bool known = request.endpoint == usb::kInterruptIn;
  if (known) receives_interrupts_ = false;
  codec_.send(InterruptReceivingStatus{request.id, known ? Status::Success : Status::Invalid,
                                       request.endpoint});
}

void Exporter::handle(CancelDataPacket request, Received& received) {
  sort(device_.cancel(request.id), received);
}

void Exporter::handle(FilterReject /*request*/, Received& received) { received.rejected = true; }

void Exporter::handle(ControlPacket request, Received& received) {
  const bool input = is_input(request.setup.request_type);
  const bool sound = (request.endpoint & 0x7f) == 0 && is_input(request.endpoint) == input;
  ControlPacket answer{.id = request.id,
                       .endpoint = request.endpoint,
                       .setup = request.setup,
                       .status = Status::Invalid};
  answer.setup.length = 0;
  if (sound) {
    const auto result = control(request.setup, received);
    answer.status = result.status;
    answer.data = protocol::SecretBytes::copy_of(result.data);
    const bool taken = !input && result.status == Status::Success;
    answer.setup.length =
        taken ? request.setup.length : static_cast<std::uint16_t>(result.data.size());
  }
  codec_.send(std::move(answer));
}

void Exporter::handle(BulkPacket request, Received& received) {
  if (is_input(request.endpoint)) {
    sort(device_.submit_in(request.id, request.endpoint, request.length), received);
  } else {
    sort(device_.submit_out(request.id, request.endpoint, request.data.view(), now_), received);
  }
}

usb::Device::ControlResult Exporter::control(const Setup& setup, Received& received) {
  auto result = device_.control(setup);
  sort(std::exchange(result.actions, {}), received);
  return result;
}

/// To the guest, or to the card.
void Exporter::sort(usb::Device::Actions actions, Received& received) {
  for (auto& action : actions) {
    const bool for_card = std::holds_alternative<usb::Device::Transmit>(action) ||
                          std::holds_alternative<usb::Device::AbortTransmit>(action);
    if (for_card) {
      received.for_card.push_back(std::move(action));
    } else {
      perform(std::move(action));
    }
  }
}

}  // namespace vscard::usbredir
