#include "tests/simulation/host_end.hpp"

#include "tests/simulation/host_reader.hpp"

#include <utility>

namespace vscard::tests::simulation {

using protocol::vsc::VscHost;

HostEnd::HostEnd(Surroundings& around, Options options, decltype(Machines::host) make_machine)
    : VscEnd(around, "host"),
      options_(options),
      make_machine_(make_machine),
      machine_(new_machine()) {}

std::unique_ptr<CheckedHost> HostEnd::new_machine() const {
  return make_machine_(options_.client, options_.limit, options_.readers);
}

CheckedHost& HostEnd::machine(ReaderId number) {
  machine_->choose(number);
  return *machine_;
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
  std::visit(
      [this](auto& it) {
        if constexpr (requires { it.reader; }) readers_.at(it.reader)->perform(std::move(it));
      },
      action);
}

}  // namespace vscard::tests::simulation
