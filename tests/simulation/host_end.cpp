#include "tests/simulation/host_end.hpp"

#include <algorithm>
#include <utility>

namespace vscard::tests::simulation {

using protocol::vsc::VscHost;
using usb::Device;

HostEnd::HostEnd(Surroundings& around, Options options, decltype(Machines::host) make_machine)
    : VscEnd(around, "host"),
      options_(options),
      make_machine_(make_machine),
      machine_(new_machine()),
      device_({.id = {}, .serial = "1", .name = "simulated"}, options.limits) {}

std::unique_ptr<CheckedHost> HostEnd::new_machine() const {
  return make_machine_(options_.client, options_.limit);
}

usb::Status HostEnd::control(const usb::Setup& setup) {
  auto result = device_.control(setup);
  perform(std::move(result.actions));
  return result.status;
}

void HostEnd::submit_out(usb::RequestId id, protocol::Bytes data) {
  requests_.submitted(id, usb::kBulkOut, data.size());
  perform(device_.submit_out(id, usb::kBulkOut, data, now()));
}

void HostEnd::submit_in(usb::RequestId id, std::uint8_t endpoint, std::size_t length) {
  requests_.submitted(id, endpoint, length);
  perform(device_.submit_in(id, endpoint, length));
}

std::optional<Time> HostEnd::deadline() const {
  const auto machine = VscEnd::deadline();
  const auto device = device_.deadline();
  return machine && device ? std::min(machine, device) : std::max(machine, device);
}

void HostEnd::expire() {
  const auto machine = VscEnd::deadline();
  if (machine && now() >= *machine) VscEnd::expire();
  const auto device = device_.deadline();
  if (device && now() >= *device) perform(device_.expire(now()));
}

void HostEnd::begin() {
  machine_ = new_machine();
  machine_->start(now());
}

void HostEnd::receive_message(protocol::vsc::Message message) {
  perform(machine_->receive(std::move(message), now()));
}

void HostEnd::perform(CheckedHost::Actions actions) {
  check_promises(machine_->oracle().wrong());
  for (auto& action : actions) {
    if (const auto* message = std::get_if<VscHost::Send>(&action)) {
      send(message->message);
    } else if (std::holds_alternative<VscHost::Silent>(action)) {
      end(protocol::Errc::Silent);
    } else if (const auto* ended = std::get_if<VscHost::Ended>(&action)) {
      end(ended->error);
    } else {
      perform(std::move(action));
    }
  }
}

void HostEnd::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    if (!reader_) reader_ = added->reader;
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    perform(device_.insert_card(inserted->atr, now()));
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    perform(device_.remove_card(now()));
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    perform(device_.respond(std::move(response->bytes)));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    perform(device_.fail(failed->reason));
  } else if (std::holds_alternative<VscHost::ReaderRemoved>(action)) {
    reader_.reset();
  }
}

void HostEnd::perform(Device::Actions actions) {
  if (!requests_.accepts(actions)) around_.trace.violation("a USB request has not its one end");
  for (auto& action : actions) {
    if (auto* command = std::get_if<Device::Transmit>(&action)) {
      transmit(std::move(command->command));
    } else if (std::holds_alternative<Device::AbortTransmit>(action)) {
      if (reader_) perform(machine_->abort(now()));
    } else if (const auto* power = std::get_if<Device::PowerCard>(&action)) {
      if (reader_) perform(machine_->power(power->action));
    } else if (const auto* completed = std::get_if<Device::Completed>(&action)) {
      carrier_->completed(*completed);
    } else {
      carrier_->interrupt_ready();
    }
  }
}

void HostEnd::transmit(protocol::SecretBytes command) {
  if (reader_) {
    if (machine_->pending()) {
      around_.trace.violation("two commands at once");
      return;
    }
    perform(machine_->transmit(std::move(command), now()));
  } else {
    perform(device_.fail(protocol::Errc::NoCard));
  }
}

}  // namespace vscard::tests::simulation
