#pragma once

#include "tests/simulation/link.hpp"
#include "tests/simulation/seat.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vscard::tests::simulation {

/// What both machines know of each other: by the extension, or because the user said so.
struct Agreement {
  bool extended = false;
  protocol::vsc::PeerLimits limits;
};

/// The whole system in one process, with one card or, by the extension, up to three:
///
///     guest ─ USB driver ─ device ─ VscHost ═ wire ═ VscClient ─ card
///     guest ─ USB driver ─ device ────┘                  └────── card
///
/// It lives through rough weather, and rests now and then. While it rests, what the guests see is
/// compared with what is there. Whenever nothing is under way, each guest has been told of
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
    std::uint32_t seats = 1;
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
  std::vector<std::unique_ptr<Seat>> make_seats();

  void one_event(Seat& seat);
  void trouble(Seat& seat);
  void put_right(Seat& seat);
  void move_card(SimulatedCard& card);
  void rest();
  void set_weather(Weather weather);
  void check_what_the_guest_sees(Seat& seat);
  void power_on(Seat& seat);
  void check_a_command(Seat& seat);
  void pass(Duration time);
  void stand_still(Seat& seat);
  void until_idle(const SimulatedGuest& guest);
  void demand(bool condition, const char* what);

  Clock clock_;
  Trace trace_;
  Options options_;
  Surroundings around_;  ///< of the wire
  ClientEnd client_;
  HostEnd host_;
  std::vector<std::unique_ptr<Seat>> seats_;
  Link link_;
};

}  // namespace vscard::tests::simulation
