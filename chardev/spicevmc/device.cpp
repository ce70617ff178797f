#include "chardev/spicevmc/device.hpp"

#include <utility>

namespace vscard::chardev::spicevmc {

const SpiceCharDeviceInterface Device::kInterface{
    .base = {.type = SPICE_INTERFACE_CHAR_DEVICE,
             .description = "vscard",
             .major_version = SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
             .minor_version = SPICE_INTERFACE_CHAR_DEVICE_MINOR},
    .state = state,
    .write = write,
    .read = read,
    .event = nullptr,
    .flags = {},
};

Device::Device(Events events) : events_(std::move(events)) {
  instance_.base.sif = &kInterface.base;
  instance_.subtype = "smartcard";
  instance_.owner = this;
}

Device& Device::of(SpiceCharDeviceInstance* instance) {
  return *static_cast<Instance*>(instance)->owner;
}

void Device::state(SpiceCharDeviceInstance* instance, int connected) noexcept {
  Device& device = of(instance);
  if (const auto before = std::exchange(device.session_, nullptr)) before->lose();
  if (connected != 0) device.session_ = device.events_.linked();
}

/// Takes all, always: what is not taken the library would queue, without a limit.
int Device::write(SpiceCharDeviceInstance* instance, const std::uint8_t* bytes, int size) noexcept {
  const Device& device = of(instance);
  // After the client's loss the library writes a ReaderRemove, which the loss itself means already.
  const auto session = device.session_;
  if (session && !session->receive({bytes, static_cast<std::size_t>(size)})) {
    device.events_.flooded();
  }
  return size;
}

int Device::read(SpiceCharDeviceInstance* instance, std::uint8_t* into, int size) noexcept {
  const auto session = of(instance).session_;
  if (!session || of(instance).events_.blocked()) return 0;
  return static_cast<int>(session->take({into, static_cast<std::size_t>(size)}));
}

}  // namespace vscard::chardev::spicevmc
