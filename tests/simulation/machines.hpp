#pragma once

#include "tests/fakes/checked_client.hpp"
#include "tests/fakes/checked_host.hpp"
#include "tests/simulation/clock.hpp"

#include <memory>

namespace vscard::tests::simulation {

using fakes::CheckedClient;
using fakes::CheckedHost;
using protocol::vsc::ReaderId;

/// How a simulation makes its machines: what a side takes of its peer, the time limit of a command,
/// and how many readers there may be.
struct Machines {
  std::unique_ptr<CheckedHost> (*host)(protocol::vsc::PeerLimits client, Duration limit,
                                       std::uint32_t readers);
  std::unique_ptr<CheckedClient> (*client)(protocol::vsc::PeerLimits host, Duration limit);
};

template <class Host = CheckedHost, class Client = CheckedClient>
Machines machines() {
  return {.host = [](protocol::vsc::PeerLimits client, Duration limit,
                     std::uint32_t readers) -> std::unique_ptr<CheckedHost> {
            return std::make_unique<Host>(client, limit, readers);
          },
          .client = [](protocol::vsc::PeerLimits host, Duration limit)
              -> std::unique_ptr<CheckedClient> { return std::make_unique<Client>(host, limit); }};
}

}  // namespace vscard::tests::simulation
