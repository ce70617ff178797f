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
/// For a command at the card; far below the real one, so that it often passes.
constexpr std::array<Duration, 3> kLimits{5s, 3s, 8s};
/// Between two events.
constexpr std::array<Duration, 8> kPauses{3ms, 0ms, 10ms, 10ms, 30ms, 200ms, 900ms, 4s};

/// After this all is quiet: a lost peer is noticed, a pause between two tries has passed, a card is
/// mute.
constexpr Duration kRest = 60s;
/// A reset in calm weather, and what the guest hears of it.
constexpr Duration kReset = 1s;
/// Steps of the clock between two events of the weather, and things that may wait for it.
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
      card_oracle_(around_, options_.agreement.limits),
      sight_(around_),
      answers_(around_, options_.host_limit),
      card_(around_, card_oracle_, sight_),
      client_(around_, card_, machines.client(options_.told(), options_.client_limit)),
      host_(around_,
            {.limits = options_.limits, .client = options_.told(), .limit = options_.host_limit},
            machines.host),
      usb_(around_, host_, answers_, sight_, options_.interrupts),
      guest_(around_, usb_, answers_, card_oracle_, sight_, options_.limits),
      link_(around_, options_.host_connects ? static_cast<VscEnd&>(host_) : client_,
            options_.host_connects ? static_cast<VscEnd&>(client_) : host_) {
  clock_.keep(client_);
  clock_.keep(host_);
}

World::Options World::choose(Choices& choices) {
  return {.limits = {choices.pick(kMessageLimits)},
          .agreement = choices.pick(kAgreements),
          .host_limit = choices.pick(kLimits),
          .client_limit = choices.pick(kLimits),
          .interrupts = UsbDriver::Interrupts{static_cast<int>(choices.below(2))},
          .host_connects = choices.one_in(2)};
}

void World::live(unsigned events) {
  card_.insert();
  pass(2s);
  for (unsigned i = 0; i < events && trace_.sound() && !around_.choices.spent(); ++i) {
    one_event();
    pass(around_.choices.pick(kPauses));
  }
  link_.set_network(Link::Network::Up);
  rest();
}

/// A guest without a card is of little interest: that is put right soon. Trouble is of the most
/// interest while a command is at the card.
void World::one_event() {
  const std::uint32_t peace = guest_.idle() ? 6 : 4;
  if (around_.choices.below(8) < peace) {
    guest_.act();
  } else if (usb_.card_present() == false && around_.choices.below(4) < 3) {
    put_right();
  } else if (around_.choices.one_in(8)) {
    rest();
  } else {
    trouble();
  }
}

void World::trouble() {
  using Network = Link::Network;
  switch (around_.choices.below(8)) {
    case 0:
    case 1:
      move_card();
      break;
    case 2:
      card_.reset_by_another();
      break;
    case 3:
      client_.pull();
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

void World::put_right() {
  card_.insert();
  client_.put_back();
  link_.set_network(Link::Network::Up);
  pass(1s);
}

/// Out, in, or one for another.
void World::move_card() {
  const bool was_in = card_.atr().has_value();
  card_.remove();
  if (!was_in || around_.choices.one_in(2)) card_.insert();
}

void World::rest() {
  around_.weather = Weather::Calm;
  trace_.note("world", "rests");
  pass(kRest);
  check_what_the_guest_sees();
  around_.weather = Weather::Rough;
}

void World::check_what_the_guest_sees() {
  const bool linked = link_.network() == Link::Network::Up;
  const auto card = linked ? client_.shown() : std::nullopt;
  demand(guest_.idle(), "the guest's command has an end");
  demand(usb_.card_present() == card.has_value(), "the guest was told whether a card is in");
  guest_.ask_slot_status();
  until_idle();
  demand((guest_.slot() == ccid::IccStatus::Absent) == !card, "the slot's status is right");
  demand(!guest_.powered() || card_.reset_by_another_at() < guest_.powered_at(),
         "a card that another has reset is no longer active");
  power_on();
  demand(guest_.powered() == card.has_value(), "a card that is in can be powered");
  if (card && trace_.sound()) {
    demand(std::ranges::equal(guest_.atr(), client_.shown()->bytes()),
           "the guest has the card's ATR");
    check_a_command();
  }
}

/// Powering resets the card, which may have another ATR then: that is another card to the guest.
void World::power_on() {
  const auto before = client_.shown();
  guest_.power_on();
  until_idle();
  pass(kReset);
  if (client_.shown() == before) return;
  guest_.power_on();
  until_idle();
}

void World::check_a_command() {
  const unsigned before = guest_.successes();
  guest_.transfer(NumberedCommand::kMinSize, NumberedCommand::kMinResponse);
  until_idle();
  demand(guest_.successes() == before + 1, "the card answers");
}

void World::until_idle() {
  for (int i = 0; i < 100 && trace_.sound() && !guest_.idle(); ++i) pass(10ms);
  demand(guest_.idle(), "a command is answered");
}

void World::pass(Duration time) {
  const Time limit = clock_.now() + time;
  unsigned steps = 0;
  while (trace_.sound() && clock_.step(limit)) {
    answers_.check();
    if (++steps > kMaxSteps) trace_.violation("no end of events");
    if (clock_.waiting() > kMaxWaiting) trace_.violation("more and more events wait");
  }
  if (trace_.sound() && clock_.still()) stand_still();
}

/// Nothing is under way, and nobody waits for anything.
void World::stand_still() {
  demand(guest_.idle(), "the guest's command has an end");
  demand(host_.pending_requests() == usb_.resting_requests(), "every USB request has an end");
  if (!client_.serving() || !host_.serving()) return;
  const bool card = client_.shown().has_value();
  demand(usb_.card_present() == card, "the guest was told whether a card is in");
  sight_.told_all();
  if (card) around_.trouble.end();
}

void World::demand(bool condition, const char* what) {
  if (!condition) trace_.violation(std::string("not so: ") + what);
}

}  // namespace vscard::tests::simulation
