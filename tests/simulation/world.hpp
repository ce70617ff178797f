#pragma once

#include "tests/simulation/client_end.hpp"
#include "tests/simulation/host_end.hpp"
#include "tests/simulation/link.hpp"
#include "tests/simulation/simulated_card.hpp"
#include "tests/simulation/simulated_guest.hpp"

#include <string>

namespace vscard::tests::simulation {

/// What both machines know of each other: by the extension, or because the user said so.
struct Agreement {
  bool extended = false;
  protocol::vsc::PeerLimits limits;
};

/// The whole system in one process:
///
///     guest ─ USB driver ─ device ─ VscHost ═ wire ═ VscClient ─ card
///
/// It lives through rough weather, and rests now and then. While it rests, what the guest sees is
/// compared with what is there. Whenever nothing is under way, the guest has been told of
/// everything.
class World {
 public:
  World(Choices& choices, Trace::Lines lines, const Machines& machines);

  /// At most so many events, and a rest.
  void live(unsigned events);
  const Trace& trace() const { return trace_; }

 private:
  /// What is chosen once.
  struct Options {
    ccid::MessageLimits limits;
    Agreement agreement;
    Duration host_limit;
    Duration client_limit;
    UsbDriver::Interrupts interrupts{};
    bool host_connects = false;

    /// What the user tells each machine of the other.
    protocol::vsc::PeerLimits told() const {
      return agreement.extended ? protocol::vsc::PeerLimits{} : agreement.limits;
    }
  };
  static Options choose(Choices& choices);

  void one_event();
  void trouble();
  void put_right();
  void move_card();
  void rest();
  void check_what_the_guest_sees();
  void power_on();
  void check_a_command();
  void pass(Duration time);
  void stand_still();
  void until_idle();
  void demand(bool condition, const char* what);

  Clock clock_;
  Trace trace_;
  Options options_;
  Surroundings around_;
  CardOracle card_oracle_;
  SightOracle sight_;
  AnswerOracle answers_;
  SimulatedCard card_;
  ClientEnd client_;
  HostEnd host_;
  UsbDriver usb_;
  SimulatedGuest guest_;
  Link link_;
};

}  // namespace vscard::tests::simulation
