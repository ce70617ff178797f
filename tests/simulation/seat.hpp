#pragma once

#include "tests/simulation/client_card.hpp"
#include "tests/simulation/host_reader.hpp"
#include "tests/simulation/simulated_guest.hpp"

namespace vscard::tests::simulation {

/// A card, its reader at the host, and the guest that uses it.
class Seat {
 public:
  struct Options {
    ReaderId number{};  ///< on the wire, from 0
    ccid::MessageLimits limits;
    protocol::vsc::PeerLimits peers;  ///< what client and host take
    Duration host_limit{};
    UsbDriver::Interrupts interrupts{};
  };
  /// `wire` is what the seat's surroundings begin with; its trouble is the seat's. All outlive it.
  Seat(Surroundings& wire, const Options& options, ClientEnd& client_end, HostEnd& host_end)
      : around{.choices = wire.choices,
               .clock = wire.clock,
               .trace = wire.trace,
               .extended = wire.extended},
        oracle(around, options.peers, static_cast<std::uint32_t>(options.number) * kCommands),
        sight(around),
        answers(around, options.host_limit),
        card(around, oracle, sight, static_cast<std::uint8_t>(options.number) * kKinds),
        client(around, card, client_end, options.number),
        host(around, host_end, options.number, options.limits),
        usb(around, host, answers, sight, options.interrupts),
        guest(around, usb, answers, oracle, sight, options.limits) {
    wire.trouble.pass_to(around.trouble);
    around.clock.keep(host);
  }

  /// Cards of this seat, and its commands: no other has one like them.
  static constexpr std::uint8_t kKinds = 64;
  static constexpr std::uint32_t kCommands = 1U << 24;

  Surroundings around;
  CardOracle oracle;
  SightOracle sight;
  AnswerOracle answers;
  SimulatedCard card;
  ClientCard client;
  HostReader host;
  UsbDriver usb;
  SimulatedGuest guest;
};

}  // namespace vscard::tests::simulation
