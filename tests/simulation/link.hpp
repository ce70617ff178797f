#pragma once

#include "tests/simulation/pipe.hpp"
#include "tests/simulation/vsc_end.hpp"

#include <memory>

namespace vscard::tests::simulation {

/// What session::Link and a network do: the connecting end tries again and again, the listening one
/// serves one connection at a time, and connections are lost.
class Link {
 public:
  /// The ends outlive it.
  Link(Surroundings& around, VscEnd& connecting, VscEnd& listening);

  /// The connection that is there ends, for each side at another moment.
  void drop();
  /// Can connections be made? Without a network, one that is there is dropped.
  enum class Network { Up, Down };
  void set_network(Network network);
  Network network() const { return network_; }

 private:
  void connect();
  void try_later();
  void accept(const VscEnd::Stream& stream);

  Surroundings& around_;
  VscEnd& connecting_;
  VscEnd& listening_;
  Network network_ = Network::Up;
  VscEnd::Stream current_;  ///< the connecting end's
};

}  // namespace vscard::tests::simulation
