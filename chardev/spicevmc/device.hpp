#pragma once

#include "chardev/spicevmc/card_channel.hpp"

#include <functional>
#include <memory>
#include <spice.h>

namespace vscard::chardev::spicevmc {

/// The server's smart card device, which the library writes to and reads from for one client at a
/// time.
class Device {
 public:
  struct Events {
    /// A client's card channel is there; the session is to be used until lose().
    std::function<std::shared_ptr<CardChannel>()> linked;
    /// The client has to go: it floods its channel.
    std::function<void()> flooded;
    /// Would the library have to keep what it is given? It has no limit.
    std::function<bool()> blocked;
  };
  explicit Device(Events events);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() = default;

  /// For spice_server_add_interface().
  SpiceBaseInstance* instance() { return &instance_.base; }
  /// There are bytes for the client.
  void wake() { spice_server_char_device_wakeup(&instance_); }

 private:
  /// The library hands its part of it back.
  struct Instance : SpiceCharDeviceInstance {
    Device* owner = nullptr;
  };
  static Device& of(SpiceCharDeviceInstance* instance);
  static void state(SpiceCharDeviceInstance* instance, int connected) noexcept;
  static int write(SpiceCharDeviceInstance* instance, const std::uint8_t* bytes, int size) noexcept;
  static int read(SpiceCharDeviceInstance* instance, std::uint8_t* into, int size) noexcept;
  static const SpiceCharDeviceInterface kInterface;

  Events events_;
  Instance instance_{};
  std::shared_ptr<CardChannel> session_;  ///< while a client is linked
};

}  // namespace vscard::chardev::spicevmc
