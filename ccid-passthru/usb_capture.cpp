#include "ccid-passthru/usb_capture.hpp"

#include <array>

namespace vscard::ccid_passthru {
namespace {

using capture::UsbEvent;
using capture::UsbKind;

constexpr std::uint8_t kDefaultPipeIn = 0x80;
constexpr std::uint8_t kDefaultPipeOut = 0x00;
constexpr std::uint32_t kDevices = 127;  ///< of a bus
constexpr std::int32_t kStalled = -32;   ///< EPIPE

/// GET_DESCRIPTOR, USB 2.0 §9.4.3: of the device, of the configuration.
constexpr std::array kQuestions{
    usb::Setup{.request_type = 0x80, .request = 6, .value = 0x0100, .index = 0, .length = 0x00ff},
    usb::Setup{.request_type = 0x80, .request = 6, .value = 0x0200, .index = 0, .length = 0x00ff}};

constexpr std::uint8_t low(std::uint16_t value) { return static_cast<std::uint8_t>(value & 0xff); }
constexpr std::uint8_t high(std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); }

capture::UsbSetup bytes_of(const usb::Setup& setup) {
  return {setup.request_type, setup.request,     low(setup.value),  high(setup.value),
          low(setup.index),   high(setup.index), low(setup.length), high(setup.length)};
}

}  // namespace

UsbCapture::UsbCapture(capture::Capture& capture, const usb::Identity& identity,
                       ccid::MessageLimits limits)
    : capture_(capture) {
  interface_ = capture_.add({.link = capture::LinkType::UsbLinux, .name = identity.name + " (USB)"},
                            [this, descriptors = usb::Descriptors(identity, limits)](
                                capture::InterfaceId id, const Add& add) {
                              const auto number = static_cast<std::uint32_t>(id) - 1;
                              place_.device = static_cast<std::uint8_t>(1 + number % kDevices);
                              place_.bus = static_cast<std::uint16_t>(1 + number / kDevices);
                              add_descriptors(descriptors, add);
                            });
}

void UsbCapture::add_descriptors(const usb::Descriptors& descriptors, const Add& add) {
  for (const usb::Setup& setup : kQuestions) {
    if (const auto found = descriptors.find(setup.value)) {
      add_control(setup, usb::Status::Success, *found, add);
    }
  }
}

UsbCapture::Add UsbCapture::adding() {
  return [this](const capture::Recorder::Packet& packet) { capture_.add(interface_, packet); };
}

void UsbCapture::see_control(const usb::Setup& setup, usb::Status status, protocol::Bytes data) {
  add_control(setup, status, data, adding());
}

void UsbCapture::add_control(const usb::Setup& setup, usb::Status status, protocol::Bytes data,
                             const Add& add) {
  const auto when = capture::now();
  const auto begin = bytes_of(setup);
  capture::UsbTransfer transfer = place_;
  transfer.id = ++place_.id;
  transfer.kind = UsbKind::Control;
  transfer.endpoint = (setup.request_type & 0x80) != 0 ? kDefaultPipeIn : kDefaultPipeOut;
  transfer.event = UsbEvent::Submitted;
  transfer.length = setup.length;
  transfer.setup = &begin;
  add({.when = when, .head = capture::usb_head(transfer, when), .body = {}});
  transfer.event = UsbEvent::Completed;
  transfer.setup = nullptr;
  transfer.status = status == usb::Status::Success ? 0 : kStalled;
  transfer.length = static_cast<std::uint32_t>(data.size());
  transfer.carries_data = !data.empty();
  add({.when = when, .head = capture::usb_head(transfer, when), .body = data});
}

void UsbCapture::see_command(protocol::Bytes message) {
  add_data(UsbKind::Bulk, usb::kBulkOut, blanking_.command(message));
}

void UsbCapture::see_reply(protocol::Bytes message) {
  add_data(UsbKind::Bulk, usb::kBulkIn, blanking_.reply(message));
}

void UsbCapture::see_notification(const ccid::Notification& notification) {
  add_data(UsbKind::Interrupt, usb::kInterruptIn,
           {.bytes = {notification.begin(), notification.end()}, .blanked = false});
}

/// A transfer as its one event that has the data: the other would double the packets.
void UsbCapture::add_data(UsbKind kind, std::uint8_t endpoint,
                          const ccid::BlankedMessage& message) {
  const auto when = capture::now();
  capture::UsbTransfer transfer = place_;
  transfer.id = ++place_.id;
  transfer.event = (endpoint & 0x80) != 0 ? UsbEvent::Completed : UsbEvent::Submitted;
  transfer.kind = kind;
  transfer.endpoint = endpoint;
  transfer.length = static_cast<std::uint32_t>(message.bytes.size());
  transfer.carries_data = true;
  capture_.add(interface_, {.when = when,
                            .head = capture::usb_head(transfer, when),
                            .body = message.bytes,
                            .comment = message.blanked ? capture::kBlanked : std::string_view()});
}

}  // namespace vscard::ccid_passthru
