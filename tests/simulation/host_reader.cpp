#include "tests/simulation/host_reader.hpp"

#include <utility>

namespace vscard::tests::simulation {

using protocol::vsc::VscHost;
using usb::Device;

HostReader::HostReader(Surroundings& around, HostEnd& end, ReaderId number,
                       ccid::MessageLimits limits)
    : around_(around),
      end_(end),
      number_(number),
      device_({.id = {}, .serial = "1", .name = "simulated"}, limits) {
  end_.add(number_, *this);
}

usb::Status HostReader::control(const usb::Setup& setup) {
  auto result = device_.control(setup);
  perform(std::move(result.actions));
  return result.status;
}

void HostReader::submit_out(usb::RequestId id, protocol::Bytes data) {
  requests_.submitted(id, usb::kBulkOut, data.size());
  perform(device_.submit_out(id, usb::kBulkOut, data, now()));
}

void HostReader::submit_in(usb::RequestId id, std::uint8_t endpoint, std::size_t length) {
  requests_.submitted(id, endpoint, length);
  perform(device_.submit_in(id, endpoint, length));
}

void HostReader::perform(VscHost::Action action) {
  if (std::holds_alternative<VscHost::ReaderAdded>(action)) {
    at_client_ = true;
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    perform(device_.insert_card(inserted->atr, now()));
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    perform(device_.remove_card(now()));
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    perform(device_.respond(std::move(response->bytes)));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    perform(device_.fail(failed->reason));
  } else if (std::holds_alternative<VscHost::ReaderRemoved>(action)) {
    at_client_ = false;
  }
}

void HostReader::perform(Device::Actions actions) {
  if (!requests_.accepts(actions)) around_.trace.violation("a USB request has not its one end");
  for (auto& action : actions) {
    if (auto* command = std::get_if<Device::Transmit>(&action)) {
      transmit(std::move(command->command));
    } else if (std::holds_alternative<Device::AbortTransmit>(action)) {
      if (at_client_) end_.perform(end_.machine(number_).abort(now()));
    } else if (const auto* power = std::get_if<Device::PowerCard>(&action)) {
      if (at_client_) end_.perform(end_.machine(number_).power(power->action));
    } else if (const auto* completed = std::get_if<Device::Completed>(&action)) {
      carrier_->completed(*completed);
    } else {
      carrier_->interrupt_ready();
    }
  }
}

void HostReader::transmit(protocol::SecretBytes command) {
  if (!at_client_) {
    perform(device_.fail(protocol::Errc::NoCard));
  } else if (end_.machine(number_).pending()) {
    around_.trace.violation("two commands at once");
  } else {
    end_.perform(end_.machine(number_).transmit(std::move(command), now()));
  }
}

}  // namespace vscard::tests::simulation
