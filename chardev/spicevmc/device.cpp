#include "chardev/spicevmc/device.hpp"

#include "chardev/spice/vmc/data_message.hpp"

#include <spice/protocol.h>
#include <utility>

namespace vscard::chardev::spicevmc {

const DeviceKind kCardDevice{
    .subtype = "smartcard", .port = nullptr, .begins = DeviceKind::Begins::Linked};
const DeviceKind kPortDevice{
    .subtype = "port", .port = spice::vmc::kReaderPort, .begins = DeviceKind::Begins::Heard};

const SpiceCharDeviceInterface Device::kInterface{
    .base = {.type = SPICE_INTERFACE_CHAR_DEVICE,
             .description = "vscard",
             .major_version = SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
             .minor_version = SPICE_INTERFACE_CHAR_DEVICE_MINOR},
    .state = state,
    .write = write,
    .read = read,
    .event = nullptr,
    .flags = SPICE_CHAR_DEVICE_NOTIFY_WRITABLE,
};

Device::Device(const DeviceKind& kind, Events events) : kind_(kind), events_(std::move(events)) {
  instance_.base.sif = &kInterface.base;
  instance_.subtype = kind_.subtype;
  instance_.portname = kind_.port;
  instance_.owner = this;
}

void Device::add_to(SpiceServer* server) {
  spice_server_add_interface(server, &instance_.base);
  if (kind_.port != nullptr) spice_server_port_event(&instance_, SPICE_PORT_EVENT_OPENED);
}

Device& Device::of(SpiceCharDeviceInstance* instance) {
  return *static_cast<Instance*>(instance)->owner;
}

void Device::state(SpiceCharDeviceInstance* instance, int connected) noexcept {
  Device& device = of(instance);
  if (const auto before = std::exchange(device.session_, nullptr)) before->lose();
  device.linked_ = connected != 0;
  if (device.linked_ && device.kind_.begins == DeviceKind::Begins::Linked) {
    device.session_ = device.events_.begun();
  }
}

int Device::write(SpiceCharDeviceInstance* instance, const std::uint8_t* bytes, int size) noexcept {
  Device& device = of(instance);
  if (device.linked_ && !device.session_) device.session_ = device.events_.begun();
  // After the client's loss the library writes a ReaderRemove, which the loss itself means already.
  const auto session = device.session_;
  if (!session) return size;
  const auto received = session->receive({bytes, static_cast<std::size_t>(size)});
  if (!received) device.events_.flooded();
  return received ? static_cast<int>(*received) : size;
}

int Device::read(SpiceCharDeviceInstance* instance, std::uint8_t* into, int size) noexcept {
  const auto session = of(instance).session_;
  if (!session || of(instance).events_.blocked()) return 0;
  return static_cast<int>(session->take({into, static_cast<std::size_t>(size)}));
}

}  // namespace vscard::chardev::spicevmc
