#pragma once

#include "tests/fakes/client_oracle.hpp"

#include <optional>
#include <string>
#include <utility>

namespace vscard::fakes {

/// A VscClient, each of whose steps an oracle looks at. A test makes a wrong client by overriding
/// what it does in a step.
class CheckedClient {
 public:
  using Actions = protocol::vsc::VscClient::Actions;
  using Message = protocol::vsc::Message;
  using ReaderId = protocol::vsc::ReaderId;
  using Atr = protocol::iso7816::Atr;
  using Time = protocol::Time;

  explicit CheckedClient(protocol::vsc::PeerLimits host = {},
                         protocol::Duration limit = protocol::vsc::kApduTimeout)
      : machine(host, limit) {}
  CheckedClient(const CheckedClient&) = delete;
  CheckedClient& operator=(const CheckedClient&) = delete;
  virtual ~CheckedClient() = default;

  const ClientOracle& oracle() const { return oracle_; }
  std::optional<Time> deadline() const { return machine.deadline(); }

  // See VscClient.

  Actions start(Time now) {
    oracle_.started();
    return check(machine.start(now));
  }
  Actions receive(Message message, Time now) {
    oracle_.received(message);
    return check(do_receive(std::move(message), now));
  }
  void lost() {
    oracle_.lost();
    machine.lost();
  }
  Actions leave(Time now) { return check(machine.leave(now)); }

  Actions add_reader(ReaderId reader, std::string name, Time now,
                     protocol::vsc::AheadPolicy ahead = protocol::vsc::AheadPolicy::Nothing) {
    return check(machine.add_reader(reader, std::move(name), now, ahead));
  }
  Actions insert_card(ReaderId reader, const Atr& atr, Time now) {
    return check(machine.insert_card(reader, atr, now));
  }
  Actions reset_card(ReaderId reader, const Atr& atr, Time now) {
    return check(machine.reset_card(reader, atr, now));
  }
  Actions remove_card(ReaderId reader, Time now) { return check(machine.remove_card(reader, now)); }
  Actions respond(ReaderId reader, protocol::SecretBytes response, Time now) {
    oracle_.returned(reader);
    return check(do_respond(reader, std::move(response), now));
  }
  Actions no_answer(ReaderId reader, Time now) {
    oracle_.returned(reader);
    return check(do_no_answer(reader, now));
  }
  Actions works(ReaderId reader, Time now) { return check(machine.works(reader, now)); }
  Actions expire(Time now) {
    Actions actions = check(machine.expire(now));
    oracle_.expired(machine.deadline(), now);
    return actions;
  }

 protected:
  virtual Actions do_receive(Message message, Time now) {
    return machine.receive(std::move(message), now);
  }
  virtual Actions do_respond(ReaderId reader, protocol::SecretBytes response, Time now) {
    return machine.respond(reader, std::move(response), now);
  }
  virtual Actions do_no_answer(ReaderId reader, Time now) { return machine.no_answer(reader, now); }

  protocol::vsc::VscClient machine;

 private:
  Actions check(Actions actions) {
    oracle_.look_at(actions);
    return actions;
  }

  ClientOracle oracle_;
};

}  // namespace vscard::fakes
