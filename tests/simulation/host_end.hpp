#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "tests/fakes/request_oracle.hpp"
#include "tests/simulation/machines.hpp"
#include "tests/simulation/vsc_end.hpp"

#include <memory>
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

/// The guest's side: a device and, for each connection, a new machine, wired as
/// session::HostSession and ccid_passthru::UsbReader wire them.
class HostEnd final : public VscEnd {
 public:
  struct Options {
    ccid::MessageLimits limits;
    protocol::vsc::PeerLimits client;
    Duration limit{};
  };
  HostEnd(Surroundings& around, Options options, decltype(Machines::host) make_machine);
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

  std::optional<Time> deadline() const override;
  void expire() override;

 private:
  void begin() override;
  void receive_message(protocol::vsc::Message message) override;
  std::optional<Time> machine_deadline() const override { return machine_->deadline(); }
  void expire_machine() override { perform(machine_->expire(now())); }
  void lost() override { perform(machine_->lost()); }

  void perform(CheckedHost::Actions actions);
  void perform(protocol::vsc::VscHost::Action action);
  void perform(usb::Device::Actions actions);
  void transmit(protocol::SecretBytes command);
  std::unique_ptr<CheckedHost> new_machine() const;
  Time now() const { return around_.clock.now(); }

  Options options_;
  decltype(Machines::host) make_machine_;
  std::unique_ptr<CheckedHost> machine_;
  usb::Device device_;
  fakes::RequestOracle requests_;
  UsbCarrier* carrier_ = nullptr;
  std::optional<ReaderId> reader_;
};

}  // namespace vscard::tests::simulation
