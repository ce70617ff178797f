#include "ccid-passthru/usbredir/exporter.hpp"

#include <utility>
#include <variant>

namespace vscard::ccid_passthru::usbredir {
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

std::expected<Exporter::Received, std::error_code> Exporter::receive(protocol::Bytes& input,
                                                                     protocol::Time now) {
  const auto next = codec_.next(input);
  if (!next) return std::unexpected(next.error());
  const std::optional<Request>& request = *next;
  Received received;
  now_ = now;
  if (request) std::visit([&](const auto& packet) { handle(packet, received); }, *request);
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

void Exporter::handle(const Hello& /*request*/, Received& received) {
  received.greeted = true;
  codec_.send_layout(device_.descriptors());
  codec_.send_connect(device_.descriptors());
}

void Exporter::handle(const Reset& /*request*/, Received& received) {
  receives_interrupts_ = false;
  sort(device_.reset(), received);
}

// A new configuration or alternate setting ends the interrupt stream, and the protocol wants the
// layout told again before its status.

void Exporter::handle(const SetConfiguration& request, Received& received) {
  receives_interrupts_ = false;
  const auto result = control(set_configuration(request.configuration), received);
  codec_.send_layout(device_.descriptors());
  codec_.send(ConfigurationStatus{
      .id = request.id, .status = result.status, .configuration = device_.configuration()});
}

void Exporter::handle(const GetConfiguration& request, Received& /*received*/) {
  codec_.send(ConfigurationStatus{
      .id = request.id, .status = Status::Success, .configuration = device_.configuration()});
}

void Exporter::handle(const SetAltSetting& request, Received& received) {
  receives_interrupts_ = false;
  const auto result = control(set_interface(request.interface, request.alt), received);
  codec_.send_layout(device_.descriptors());
  codec_.send(AltSettingStatus{.id = request.id,
                               .status = result.status,
                               .interface = request.interface,
                               .alt = request.alt});
}

void Exporter::handle(const GetAltSetting& request, Received& received) {
  const auto result = control(get_interface(request.interface), received);
  const std::uint8_t alt = result.data.empty() ? 0 : result.data.front();
  codec_.send(AltSettingStatus{
      .id = request.id, .status = result.status, .interface = request.interface, .alt = alt});
}

void Exporter::handle(const StartInterruptReceiving& request, Received& received) {
  if (!answer_interrupts(request.id, request.endpoint)) return;
  receives_interrupts_ = true;
  // A guest that starts anew would otherwise wait for the first change.
  sort(device_.announce_slot(), received);
}

void Exporter::handle(const StopInterruptReceiving& request, Received& /*received*/) {
  if (answer_interrupts(request.id, request.endpoint)) receives_interrupts_ = false;
}

/// True: it is the endpoint that has interrupts.
bool Exporter::answer_interrupts(usb::RequestId id, std::uint8_t endpoint) {
  const bool known = endpoint == usb::kInterruptIn;
  codec_.send(InterruptReceivingStatus{
      .id = id, .status = known ? Status::Success : Status::Invalid, .endpoint = endpoint});
  return known;
}

void Exporter::handle(const CancelDataPacket& request, Received& received) {
  sort(device_.cancel(request.id), received);
}

void Exporter::handle(const FilterReject& /*request*/, Received& received) {
  received.rejected = true;
}

void Exporter::handle(const ControlPacket& request, Received& received) {
  const bool input = is_input(request.setup.request_type);
  const bool sound = (request.endpoint & 0x7f) == 0 && is_input(request.endpoint) == input;
  ControlPacket answer{.id = request.id,
                       .endpoint = request.endpoint,
                       .setup = request.setup,
                       .status = Status::Invalid,
                       .data = {}};
  answer.setup.length = 0;
  if (sound) {
    const auto result = control(request.setup, received);
    answer.status = result.status;
    answer.data = protocol::SecretBytes::copy_of(result.data);
    if (input) {
      answer.setup.length = static_cast<std::uint16_t>(result.data.size());
    } else if (result.status == Status::Success) {
      answer.setup.length = request.setup.length;
    }
  }
  codec_.send(std::move(answer));
}

void Exporter::handle(const BulkPacket& request, Received& received) {
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
    if (usb::Device::is_for_card(action)) {
      received.for_card.push_back(std::move(action));
    } else {
      perform(std::move(action));
    }
  }
}

}  // namespace vscard::ccid_passthru::usbredir
