#pragma once

#include "chardev/spicevmc/client_channel.hpp"

#include <functional>
#include <memory>
#include <spice.h>

namespace vscard::chardev::spicevmc {

/// What a device of the server is to the library.
struct DeviceKind {
  const char* subtype;
  const char* port;  ///< its name, of a port; null: none
  /// When a client's session begins.
  enum class Begins {
    Linked,  ///< with its channel
    Heard,   ///< with its first byte: viewers open ports of which they know nothing
  } begins;
};

extern const DeviceKind kCardDevice;
/// Carries VSC as a socket does.
extern const DeviceKind kPortDevice;

/// A device of the server, which the library writes to and reads from for one client at a time.
class Device {
 public:
  struct Events {
    /// A client's session begins; the channel is to be used until lose().
    std::function<std::shared_ptr<ClientChannel>()> begun;
    /// The client has to go: it floods its channel.
    std::function<void()> flooded;
    /// Would the library have to keep what it is given? It has no limit.
    std::function<bool()> blocked;
  };
  /// `kind` outlives it.
  Device(const DeviceKind& kind, Events events);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() = default;

  /// Into a server.
  void add_to(SpiceServer* server);
  /// There are bytes for the client, or room for its.
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

  const DeviceKind& kind_;
  Events events_;
  Instance instance_{};
  bool linked_ = false;
  std::shared_ptr<ClientChannel> session_;  ///< of the client that is linked, from when it begins
};

}  // namespace vscard::chardev::spicevmc
