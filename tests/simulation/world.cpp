#include "tests/simulation/world.hpp"

#include <algorithm>

namespace vscard::tests::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::size_t, 2> kMessageLimits{ccid::kDefaultMaxMessage, ccid::kMinMessage};
constexpr std::array<Agreement, 3> kAgreements{
    Agreement{.extended = true, .limits = protocol::vsc::kAmpleLimits},
    Agreement{.extended = false, .limits = {}},
    Agreement{.extended = false, .limits = protocol::vsc::kAmpleLimits}};
/// Cards on the wire, where more than one may be.
constexpr std::array<std::uint32_t, 4> kSeats{1, 2, 2, 3};
/// For a command at the card; far below the real one, so that it often passes.
constexpr std::array<Duration, 3> kLimits{5s, 3s, 8s};
/// Between two events.
constexpr std::array<Duration, 8> kPauses{3ms, 0ms, 10ms, 10ms, 30ms, 200ms, 900ms, 4s};

/// After this all is quiet: a lost peer is noticed, a pause between two tries has passed, a card is
/// mute.
constexpr Duration kRest = 60s;
/// A reset in calm weather, and what the guest hears of it.
constexpr Duration kReset = 1s;
/// Steps of the clock between two events of the weather, and things that may wait for it, a seat.
constexpr unsigned kMaxSteps = 5000;
constexpr std::size_t kMaxWaiting = 64;

}  // namespace

World::World(Choices& choices, Trace::Lines lines, const Machines& machines)
    : trace_(clock_, lines),
      options_(choose(choices)),
      around_{.choices = choices,
              .clock = clock_,
              .trace = trace_,
              .extended = options_.agreement.extended},
      client_(around_, machines.client(options_.told(), options_.client_limit)),
      host_(around_,
            {.client = options_.told(), .limit = options_.host_limit, .readers = options_.seats},
            machines.host),
      seats_(make_seats()),
      link_(around_, options_.host_connects ? static_cast<VscEnd&>(host_) : client_,
            options_.host_connects ? static_cast<VscEnd&>(client_) : host_) {
  clock_.keep(client_);
  clock_.keep(host_);
}

World::Options World::choose(Choices& choices) {
  Options options{.limits = {choices.pick(kMessageLimits)},
                  .agreement = choices.pick(kAgreements),
                  .host_limit = choices.pick(kLimits),
                  .client_limit = choices.pick(kLimits),
                  .interrupts = UsbDriver::Interrupts{static_cast<int>(choices.below(2))},
                  .host_connects = choices.one_in(2)};
  if (options.agreement.extended) options.seats = choices.pick(kSeats);
  return options;
}

std::vector<std::unique_ptr<Seat>> World::make_seats() {
  std::vector<std::unique_ptr<Seat>> seats;
  for (std::uint32_t number = 0; number < options_.seats; ++number) {
    const Seat::Options options{.number = ReaderId{number},
                                .limits = options_.limits,
                                .peers = options_.agreement.limits,
                                .host_limit = options_.host_limit,
                                .interrupts = options_.interrupts};
    seats.push_back(std::make_unique<Seat>(around_, options, client_, host_));
  }
  return seats;
}

void World::live(unsigned events) {
  for (const auto& seat : seats_) seat->card.insert();
  pass(2s);
  for (unsigned i = 0; i < events && trace_.sound() && !around_.choices.spent(); ++i) {
    one_event(*seats_[around_.choices.below(options_.seats)]);
    pass(around_.choices.pick(kPauses));
  }
  link_.set_network(Link::Network::Up);
  rest();
}

/// A guest without a card is of little interest: that is put right soon. Trouble is of the most
/// interest while a command is at the card.
void World::one_event(Seat& seat) {
  const std::uint32_t peace = seat.guest.idle() ? 6 : 4;
  if (around_.choices.below(8) < peace) {
    seat.guest.act();
  } else if (seat.usb.card_present() == false && around_.choices.below(4) < 3) {
    put_right(seat);
  } else if (around_.choices.one_in(8)) {
    rest();
  } else {
    trouble(seat);
  }
}

void World::trouble(Seat& seat) {
  using Network = Link::Network;
  switch (around_.choices.below(8)) {
    case 0:
    case 1:
      move_card(seat.card);
      break;
    case 2:
      seat.card.reset_by_another();
      break;
    case 3:
      seat.client.pull();
      break;
    case 4:
      link_.set_network(Network::Down);
      break;
    case 5:
      client_.leave();
      break;
    default:
      link_.drop();
      break;
  }
}

void World::put_right(Seat& seat) {
  seat.card.insert();
  seat.client.put_back();
  link_.set_network(Link::Network::Up);
  pass(1s);
}

/// Out, in, or one for another.
void World::move_card(SimulatedCard& card) {
  const bool was_in = card.atr().has_value();
  card.remove();
  if (!was_in || around_.choices.one_in(2)) card.insert();
}

void World::rest() {
  set_weather(Weather::Calm);
  trace_.note("world", "rests");
  pass(kRest);
  for (const auto& seat : seats_) check_what_the_guest_sees(*seat);
  set_weather(Weather::Rough);
}

void World::set_weather(Weather weather) {
  around_.weather = weather;
  for (const auto& seat : seats_) seat->around.weather = weather;
}

void World::check_what_the_guest_sees(Seat& seat) {
  SimulatedGuest& guest = seat.guest;
  const bool linked = link_.network() == Link::Network::Up;
  const auto card = linked ? seat.client.shown() : std::nullopt;
  demand(guest.idle(), "the guest's command has an end");
  demand(seat.usb.card_present() == card.has_value(), "the guest was told whether a card is in");
  guest.ask_slot_status();
  until_idle(guest);
  demand((guest.slot() == ccid::IccStatus::Absent) == !card, "the slot's status is right");
  demand(!guest.powered() || seat.card.reset_by_another_at() < guest.powered_at(),
         "a card that another has reset is no longer active");
  power_on(seat);
  demand(guest.powered() == card.has_value(), "a card that is in can be powered");
  if (card && trace_.sound()) {
    demand(std::ranges::equal(guest.atr(), seat.client.shown()->bytes()),
           "the guest has the card's ATR");
    check_a_command(seat);
  }
}

/// Powering resets the card, which may have another ATR then: that is another card to the guest.
void World::power_on(Seat& seat) {
  const auto before = seat.client.shown();
  seat.guest.power_on();
  until_idle(seat.guest);
  pass(kReset);
  if (seat.client.shown() == before) return;
  seat.guest.power_on();
  until_idle(seat.guest);
}

void World::check_a_command(Seat& seat) {
  const unsigned before = seat.guest.successes();
  seat.guest.transfer(NumberedCommand::kMinSize, NumberedCommand::kMinResponse);
  until_idle(seat.guest);
  demand(seat.guest.successes() == before + 1, "the card answers");
}

void World::until_idle(const SimulatedGuest& guest) {
  for (int i = 0; i < 100 && trace_.sound() && !guest.idle(); ++i) pass(10ms);
  demand(guest.idle(), "a command is answered");
}

void World::pass(Duration time) {
  const Time limit = clock_.now() + time;
  unsigned steps = 0;
  while (trace_.sound() && clock_.step(limit)) {
    for (const auto& seat : seats_) seat->answers.check();
    if (++steps > kMaxSteps * options_.seats) trace_.violation("no end of events");
    if (clock_.waiting() > kMaxWaiting * options_.seats) {
      trace_.violation("more and more events wait");
    }
  }
  if (!trace_.sound() || !clock_.still()) return;
  for (const auto& seat : seats_) stand_still(*seat);
}

/// Nothing is under way, and nobody waits for anything.
void World::stand_still(Seat& seat) {
  demand(seat.guest.idle(), "the guest's command has an end");
  demand(seat.host.pending_requests() == seat.usb.resting_requests(),
         "every USB request has an end");
  if (!client_.serving() || !host_.serving()) return;
  const bool card = seat.client.shown().has_value();
  demand(seat.usb.card_present() == card, "the guest was told whether a card is in");
  seat.sight.told_all();
  if (card) seat.around.trouble.end();
}

void World::demand(bool condition, const char* what) {
  if (!condition) trace_.violation(std::string("not so: ") + what);
}

}  // namespace vscard::tests::simulation
