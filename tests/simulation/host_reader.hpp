#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "tests/fakes/request_oracle.hpp"
#include "tests/simulation/host_end.hpp"

#include <optional>

namespace vscard::tests::simulation {

namespace ccid = ccid_passthru::ccid;
namespace usb = ccid_passthru::usb;

/// Carries the requests of a guest, as usbredir::Session does.
class UsbCarrier {
 public:
  UsbCarrier() = default;
  UsbCarrier(const UsbCarrier&) = delete;
  UsbCarrier& operator=(const UsbCarrier&) = delete;
  virtual ~UsbCarrier() = default;

  virtual void completed(const usb::Device::Completed& completed) = 0;
  virtual void interrupt_ready() = 0;
};

/// A reader of the host's: a USB device, wired as ccid_passthru::UsbReader wires it.
class HostReader final : public Timed {
 public:
  /// `end` outlives it. `number`: the reader's on every connection.
  HostReader(Surroundings& around, HostEnd& end, ReaderId number, ccid::MessageLimits limits);
  /// `carrier` outlives it.
  void plug_into(UsbCarrier& carrier) { carrier_ = &carrier; }

  // The guest: see usb::Device.

  usb::Status control(const usb::Setup& setup);
  void submit_out(usb::RequestId id, protocol::Bytes data);
  void submit_in(usb::RequestId id, std::uint8_t endpoint, std::size_t length);
  void cancel(usb::RequestId id) { perform(device_.cancel(id)); }
  void reset() { perform(device_.reset()); }
  void announce_slot() { perform(device_.announce_slot()); }
  std::size_t pending_requests() const { return requests_.pending(); }
  auto take_notification() { return device_.take_notification(); }

  std::optional<Time> deadline() const override { return device_.deadline(); }
  void expire() override { perform(device_.expire(now())); }

  /// What the machine says of this reader.
  void perform(protocol::vsc::VscHost::Action action);

 private:
  void perform(usb::Device::Actions actions);
  void transmit(protocol::SecretBytes command);
  Time now() const { return around_.clock.now(); }

  Surroundings& around_;
  HostEnd& end_;
  ReaderId number_;
  usb::Device device_;
  fakes::RequestOracle requests_;
  UsbCarrier* carrier_ = nullptr;
  bool at_client_ = false;
};

}  // namespace vscard::tests::simulation
