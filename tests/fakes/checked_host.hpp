#pragma once

#include "tests/fakes/host_oracle.hpp"

#include <optional>
#include <utility>

namespace vscard::fakes {

/// A VscHost, each of whose steps an oracle looks at. A test makes a wrong host by
/// overriding what it does in a step.
class CheckedHost {
 public:
  using Actions = protocol::vsc::VscHost::Actions;
  using Message = protocol::vsc::Message;
  using ReaderId = protocol::vsc::ReaderId;
  using Time = protocol::Time;

  explicit CheckedHost(protocol::vsc::PeerLimits client = {},
                       protocol::Duration limit = protocol::vsc::kApduTimeout,
                       std::uint32_t max_readers = 1)
      : machine(client, limit, protocol::vsc::kSilence, max_readers), oracle_(max_readers) {}
  CheckedHost(const CheckedHost&) = delete;
  CheckedHost& operator=(const CheckedHost&) = delete;
  virtual ~CheckedHost() = default;

  const HostOracle& oracle() const { return oracle_; }
  bool pending() const { return machine.pending(reader_); }
  /// The reader that what follows is about: as long as there is no choice, the first one.
  void choose(ReaderId reader) { reader_ = reader; }
  std::optional<Time> deadline() const { return machine.deadline(); }

  // See VscHost.

  void start(Time now) { machine.start(now); }
  Actions receive(Message message, Time now) {
    oracle_.received(message);
    return check(do_receive(std::move(message), now));
  }
  Actions transmit(protocol::SecretBytes command, Time now) {
    oracle_.transmitted(reader_);
    return check(do_transmit(std::move(command), now));
  }
  Actions power(protocol::vsc::PowerAction action) { return check(machine.power(reader_, action)); }
  Actions abort(Time now) {
    oracle_.aborted(reader_);
    return check(machine.abort(reader_, now));
  }
  Actions withdraw(protocol::vsc::Use why, Time now) {
    oracle_.aborted(reader_);
    return check(machine.withdraw(reader_, why, now));
  }
  Actions offer() { return check(machine.offer(reader_)); }
  Actions lost() {
    oracle_.lost();
    return check(do_lost());
  }
  Actions expire(Time now) {
    Actions actions = check(machine.expire(now));
    oracle_.expired(machine.deadline(), now);
    return actions;
  }

 protected:
  virtual Actions do_receive(Message message, Time now) {
    return machine.receive(std::move(message), now);
  }
  virtual Actions do_transmit(protocol::SecretBytes command, Time now) {
    return machine.transmit(reader_, std::move(command), now);
  }
  virtual Actions do_lost() { return machine.lost(); }

  ReaderId chosen() const { return reader_; }
  protocol::vsc::VscHost machine;

 private:
  Actions check(Actions actions) {
    oracle_.look_at(actions, machine);
    return actions;
  }

  ReaderId reader_{0};
  HostOracle oracle_;
};

}  // namespace vscard::fakes
