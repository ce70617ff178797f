#pragma once

#include "protocol/vsc/client.hpp"
#include "protocol/vsc/host.hpp"
#include "tests/simulation/clock.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace vscard::tests::simulation {

using protocol::vsc::ReaderId;

/// VscHost, of which a test makes a wrong one by overriding a method.
class HostMachine {
 public:
  using Actions = protocol::vsc::VscHost::Actions;

  HostMachine(protocol::vsc::PeerLimits client, Duration limit) : machine(client, limit) {}
  HostMachine(const HostMachine&) = delete;
  HostMachine& operator=(const HostMachine&) = delete;
  virtual ~HostMachine() = default;

  virtual Actions receive(protocol::vsc::Message message, Time now) {
    return machine.receive(std::move(message), now);
  }
  virtual Actions transmit(ReaderId reader, protocol::SecretBytes command, Time now) {
    return machine.transmit(reader, std::move(command), now);
  }
  virtual void abort(ReaderId reader, Time now) { machine.abort(reader, now); }
  virtual Actions lost() { return machine.lost(); }

  protocol::vsc::VscHost machine;
};

/// VscClient, likewise.
class ClientMachine {
 public:
  using Actions = protocol::vsc::VscClient::Actions;

  ClientMachine(protocol::vsc::PeerLimits host, Duration limit) : machine(host, limit) {}
  ClientMachine(const ClientMachine&) = delete;
  ClientMachine& operator=(const ClientMachine&) = delete;
  virtual ~ClientMachine() = default;

  virtual Actions receive(protocol::vsc::Message message, Time now) {
    return machine.receive(std::move(message), now);
  }
  virtual Actions no_answer(ReaderId reader, Time now) { return machine.no_answer(reader, now); }

  protocol::vsc::VscClient machine;
};

/// How a simulation makes its machines: what a side takes of its peer, and the time limit of a
/// command.
struct Machines {
  std::unique_ptr<HostMachine> (*host)(protocol::vsc::PeerLimits client, Duration limit);
  std::unique_ptr<ClientMachine> (*client)(protocol::vsc::PeerLimits host, Duration limit);
};

template <class Host = HostMachine, class Client = ClientMachine>
Machines machines() {
  return {
      .host = [](protocol::vsc::PeerLimits client, Duration limit) -> std::unique_ptr<HostMachine> {
        return std::make_unique<Host>(client, limit);
      },
      .client = [](protocol::vsc::PeerLimits host, Duration limit)
          -> std::unique_ptr<ClientMachine> { return std::make_unique<Client>(host, limit); }};
}

}  // namespace vscard::tests::simulation
