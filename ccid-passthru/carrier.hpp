#pragma once

#include "async/awaitable.hpp"
#include "ccid-passthru/usb/device.hpp"
#include "chardev/pairing.hpp"
#include "protocol/failure.hpp"
#include "protocol/notice.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vscard::ccid_passthru {

/// Carries a USB device to guests, one after the other: by usbredir or by USB/IP. It passes their
/// requests to the device, and to the guest what the device has for it. When a guest goes, the
/// device is reset. To be used on one executor.
class Carrier {
 public:
  Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;
  virtual ~Carrier() = default;

  /// Listens, if that is how guests come.
  virtual Result<> open() = 0;
  /// Serves guests until leave(), or until it makes no sense to go on; the failure says why.
  virtual Awaitable<Result<>> run() = 0;
  /// What the device has for the guest; dropped when there is none. A Transmit or an AbortTransmit
  /// is not for the guest: it is ignored.
  virtual void perform(usb::Device::Action action) = 0;
  /// Unplugs the device from the guest, then ends run().
  virtual void leave() = 0;

  /// Where it listens, or what it connects to.
  virtual std::string address() const = 0;
  /// The guest's end of what carries it; nothing: there is no guest.
  virtual std::optional<std::string> remote() const = 0;
  /// What guests of USB/IP call the device; nothing: it is carried by usbredir.
  virtual std::optional<std::string> bus_id() const { return std::nullopt; }
  /// Of its listener; null: that does not pair.
  virtual chardev::Pairing* pairing() const { return nullptr; }
};

/// A device for a carrier, and who is told what. All of it outlives the carrier.
struct CarriedDevice {
  usb::Device& device;
  /// Takes the Transmits and AbortTransmits that the guest's requests lead to. It is called after
  /// every request, also with nothing: the device's deadline() may have changed.
  std::function<void(usb::Device::Actions)> for_card;
  Notify notify;
  std::function<void()> guest_changed = {};  ///< called when Carrier::remote() has changed
};

using MakeCarrier = std::function<std::unique_ptr<Carrier>(CarriedDevice)>;

}  // namespace vscard::ccid_passthru
