#pragma once

#include "tests/simulation/machines.hpp"
#include "tests/simulation/vsc_end.hpp"

#include <map>
#include <memory>
#include <optional>

namespace vscard::tests::simulation {

class HostReader;

/// The guests' side: for each connection a new machine, wired as session::HostSession wires it, and
/// the readers.
class HostEnd final : public VscEnd {
 public:
  struct Options {
    protocol::vsc::PeerLimits client;
    Duration limit{};
    std::uint32_t readers = 1;
  };
  HostEnd(Surroundings& around, Options options, decltype(Machines::host) make_machine);
  /// `reader` outlives it. Before the first connection.
  void add(ReaderId number, HostReader& reader) { readers_.emplace(number, &reader); }

  // For its readers.

  /// What follows there is about this reader.
  CheckedHost& machine(ReaderId number);
  void perform(CheckedHost::Actions actions);

 private:
  void begin() override;
  void receive_message(protocol::vsc::Message message) override;
  std::optional<Time> machine_deadline() const override { return machine_->deadline(); }
  void expire_machine() override { perform(machine_->expire(now())); }
  void lost() override { perform(machine_->lost()); }

  void perform(protocol::vsc::VscHost::Action action);
  std::unique_ptr<CheckedHost> new_machine() const;
  Time now() const { return around_.clock.now(); }

  Options options_;
  decltype(Machines::host) make_machine_;
  std::unique_ptr<CheckedHost> machine_;
  std::map<ReaderId, HostReader*> readers_;
};

}  // namespace vscard::tests::simulation
