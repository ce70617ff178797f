// What a reader's worker does with its card, when every call fails in every way.

#include "cards/pcsc/card_access.hpp"

#include "tests/fakes/cards.hpp"
#include "tests/fakes/pcsclite.hpp"
#include "tests/fakes/steps.hpp"

#include <gtest/gtest.h>

#include <winscard.h>

namespace vscard::cards::pcsc {
namespace {

using fakes::Lines;
using fakes::PcscCall;
using fakes::Pcsclite;
using Hold = CardAccess::Hold;
using Strings = std::vector<std::string>;

constexpr const char* kReader = "Reader A";

const char* name_of(Cause cause) {
  switch (cause) {
    case Cause::NoService:
      return "no service";
    case Cause::Denied:
      return "denied";
    case Cause::NoCard:
      return "no card";
    case Cause::CardReset:
      return "card reset";
    case Cause::InUse:
      return "in use";
    case Cause::Cancelled:
      return "cancelled";
    case Cause::OutOfStep:
      return "out of step";
    case Cause::Failed:
      return "failed";
  }
  return "?";
}

/// pcscd with a card that echoes a command's data, and the access to it.
class AccessWorld {
 public:
  explicit AccessWorld(Share share = Share::Shared, Hold hold = Hold::No)
      : access_(kReader, share, hold) {
    fake.add_reader(kReader);
    fake.insert(kReader, fakes::kAtr);
    fake.answer([](const Pcsclite::Data& command) {
      Pcsclite::Data response(command.begin() + 4, command.end());
      response.insert(response.end(), {0x90, 0x00});
      return response;
    });
  }

  /// The response; or why there is none, and the new ATR.
  Lines exchange(const std::string& hex) {
    const auto outcome = access_.exchange(fakes::from_hex(hex));
    if (outcome.response) return {fakes::to_hex(outcome.response->view())};
    std::string line = name_of(outcome.response.error().cause);
    if (outcome.atr) line += " " + fakes::to_hex(outcome.atr->bytes());
    return {line};
  }
  Lines reset(PowerAction action = PowerAction::ColdReset) {
    const auto atr = access_.reset(action);
    if (!atr) return {name_of(atr.error().cause)};
    return {*atr ? fakes::to_hex((*atr)->bytes()) : "untouched"};
  }
  void let_go() { access_.let_go(); }
  void forget() { access_.forget(); }

  std::string wrong() const {
    if (fake.open_connections() > 1) return "a second connection";
    return fake.open_contexts() > 1 ? "a second context" : "";
  }
  /// The card is pulled, and put in again.
  void end() {
    forget();
    fake.start_service();
    fake.remove(kReader);
    fake.insert(kReader, fakes::kAtr);
  }
  std::string owed() const {
    return fake.open_connections() + fake.open_contexts() == 0 ? "" : "the end of a connection";
  }
  void begin_again() {}

  Pcsclite fake;

 private:
  CardAccess access_;
};

using Step = fakes::Step<AccessWorld>;
using Failure = fakes::Failure<AccessWorld>;

std::vector<Step> script() {
  const auto exchange = [](const std::string& hex) {
    return [hex](AccessWorld& world) { return world.exchange(hex); };
  };
  const auto reset = [](AccessWorld& world) { return world.reset(); };
  return {
      {"a reset before any command", reset, {"untouched"}},
      {"a command", exchange("00a4040001"), {"019000"}},
      {"the next", exchange("00a4040002"), {"029000"}},
      {"the host goes", reset, {fakes::kAtr}},
      {"another host's command", exchange("00a4040003"), {"039000"}},
      {"it goes", reset, {fakes::kAtr}},
  };
}

/// The call gives a code during the next command, which may be sent only if the card was at fault.
auto fail_call(PcscCall call, long code, const std::string& expected) {
  return [=](AccessWorld& world) {
    const int calls = world.fake.count(call);
    world.fake.results(call, {code});
    const Lines lines = world.exchange("00a40400");
    world.fake.results(call, {});
    const bool called = world.fake.count(call) > calls;
    EXPECT_EQ(lines, Lines{called ? expected : "9000"});
  };
}

/// What happens to the card or to pcscd between two commands; then the next command, which may
/// reach the card only if nothing that was meant for the card of before is in it.
auto next_command_after(void (*event)(AccessWorld&), const std::string& connected,
                        const std::string& not_connected) {
  return [=](AccessWorld& world) {
    const bool was_connected = world.fake.open_connections() > 0;
    const std::string& expected = was_connected ? connected : not_connected;
    const std::size_t commands = world.fake.commands().size();
    event(world);
    EXPECT_EQ(world.exchange("00a40400"), Lines{expected})
        << (was_connected ? "" : "not ") << "connected";
    EXPECT_EQ(world.fake.commands().size(), commands + (expected == "9000" ? 1 : 0));
  };
}

std::vector<Failure> events() {
  return {
      {"another program resets the card",
       next_command_after([](AccessWorld& world) { world.fake.reset_by_another(kReader); },
                          "card reset " + fakes::kAtr, "9000")},
      {"the card is pulled",
       next_command_after([](AccessWorld& world) { world.fake.remove(kReader); }, "no card",
                          "no card")},
      {"another card is in",
       next_command_after([](AccessWorld& world) { world.fake.insert(kReader, fakes::kOtherAtr); },
                          "no card", "9000")},
      {"pcscd ends",
       next_command_after([](AccessWorld& world) { world.fake.stop_service(SCARD_E_NO_SERVICE); },
                          "no service", "no service")},
      {"it is forgotten",
       next_command_after([](AccessWorld& world) { world.forget(); }, "9000", "9000")},
      {"it is let go",
       next_command_after([](AccessWorld& world) { world.let_go(); }, "9000", "9000")},
  };
}

/// The access may still have a context of the pcscd that has ended.
void restart_pcscd(AccessWorld& world) {
  const bool had_context = world.fake.open_contexts() > 0;
  world.fake.restart_service(SCARD_E_NO_SERVICE);
  EXPECT_EQ(world.exchange("00a40400"), Lines{had_context ? "no service" : "9000"});
  EXPECT_EQ(world.exchange("00a40400"), Lines{"9000"}) << "it is lost only once";
}

TEST(PcscCardAccessSteps, FailEachInEveryWay) {
  const std::pair<PcscCall, const char*> kCalls[] = {{PcscCall::EstablishContext, "establish"},
                                                     {PcscCall::Connect, "connect"},
                                                     {PcscCall::BeginTransaction, "begin"},
                                                     {PcscCall::Transmit, "transmit"}};
  const std::pair<long, const char*> kCodes[] = {{SCARD_E_NO_SERVICE, "no service"},
                                                 {SCARD_E_INVALID_HANDLE, "no service"},
                                                 {SCARD_W_SECURITY_VIOLATION, "denied"},
                                                 {SCARD_W_REMOVED_CARD, "no card"},
                                                 {SCARD_E_SHARING_VIOLATION, "in use"},
                                                 {SCARD_E_NOT_TRANSACTED, "failed"},
                                                 {0x80109999, "failed"}};
  std::vector<Failure> failures = events();
  failures.push_back({"pcscd ends and comes back", restart_pcscd});
  for (const auto& [call, call_name] : kCalls) {
    for (const auto& [code, cause] : kCodes) {
      failures.push_back({std::string(call_name) + ": " + cause, fail_call(call, code, cause)});
    }
  }
  fakes::for_each_step_failing(script(), failures);
}

TEST(PcscCardAccess, ConnectsWithTheFirstCommandAndLetsGoWithTheReset) {
  AccessWorld world;
  EXPECT_EQ(world.reset(), Lines{"untouched"});
  EXPECT_EQ(world.fake.count(PcscCall::EstablishContext), 0);
  world.exchange("00a40400");
  EXPECT_EQ(world.fake.open_connections(), 1U);
  EXPECT_EQ(world.reset(), Lines{fakes::kAtr});
  EXPECT_EQ(world.fake.last_initialization(), static_cast<unsigned long>(SCARD_UNPOWER_CARD));
  EXPECT_EQ(world.fake.open_connections(), 0U);
  EXPECT_EQ(world.reset(), Lines{"untouched"});
}

TEST(PcscCardAccess, ResetsACardWithItsPowerOrWithout) {
  for (const auto& [action, initialization] : {std::pair{PowerAction::Down, SCARD_UNPOWER_CARD},
                                               {PowerAction::ColdReset, SCARD_UNPOWER_CARD},
                                               {PowerAction::WarmReset, SCARD_RESET_CARD}}) {
    AccessWorld world;
    world.exchange("00a40400");
    EXPECT_EQ(world.reset(action), Lines{fakes::kAtr});
    EXPECT_EQ(world.fake.last_initialization(), static_cast<unsigned long>(initialization));
    EXPECT_EQ(world.fake.open_connections(), 0U) << "so pcscd may power it down";
  }
}

TEST(PcscCardAccess, HasATransactionForEachCommandOrForAll) {
  for (const auto& [hold, transactions] :
       {std::pair{Hold::No, 3}, std::pair{Hold::UntilLetGo, 1}}) {
    AccessWorld world(Share::Shared, hold);
    for (int i = 0; i < 3; ++i) world.exchange("00a40400");
    EXPECT_EQ(world.fake.count(PcscCall::BeginTransaction), transactions);
    world.let_go();
    EXPECT_EQ(world.fake.count(PcscCall::EndTransaction), transactions);
    world.let_go();
    EXPECT_EQ(world.fake.count(PcscCall::EndTransaction), transactions) << "there is none any more";
    world.exchange("00a40400");
    EXPECT_EQ(world.fake.count(PcscCall::BeginTransaction), transactions + 1);
  }
}

TEST(PcscCardAccess, DoesNotSendACommandToACardThatWasReset) {
  AccessWorld world;
  world.exchange("00a4040001");
  world.fake.reset_by_another(kReader);
  EXPECT_EQ(world.exchange("00a4040002"), Lines{"card reset " + fakes::kAtr});
  EXPECT_EQ(world.fake.last_initialization(), static_cast<unsigned long>(SCARD_LEAVE_CARD));
  EXPECT_EQ(world.exchange("00a4040003"), Lines{"039000"});
  EXPECT_EQ(world.fake.commands(), (Strings{"00a4040001", "00a4040003"}));
}

TEST(PcscCardAccess, TellsOfAResetThoughTheReaderDoesNotTellTheAtr) {
  AccessWorld world;
  world.exchange("00a40400");
  world.fake.reset_by_another(kReader);
  world.fake.results(PcscCall::GetAttrib, {SCARD_E_UNSUPPORTED_FEATURE});
  EXPECT_EQ(world.exchange("00a40400"), Lines{"card reset"});
}

TEST(PcscCardAccess, TellsWhatCameOfARenewalThatFails) {
  AccessWorld world;
  world.exchange("00a40400");
  world.fake.reset_by_another(kReader);
  world.fake.results(PcscCall::Reconnect, {SCARD_W_REMOVED_CARD});
  EXPECT_EQ(world.exchange("00a40400"), Lines{"no card"});
  EXPECT_EQ(world.fake.open_connections(), 0U);
}

TEST(PcscCardAccess, LeavesACardAloneThatWasResetAndNotUsedSince) {
  AccessWorld world;
  world.exchange("00a40400");
  world.fake.reset_by_another(kReader);
  world.exchange("00a40400");
  EXPECT_EQ(world.reset(), Lines{"untouched"});
  EXPECT_EQ(world.fake.last_initialization(), static_cast<unsigned long>(SCARD_LEAVE_CARD));
}

TEST(PcscCardAccess, TellsWhyACardCannotBeReset) {
  AccessWorld world;
  world.exchange("00a40400");
  world.fake.results(PcscCall::Reconnect, {SCARD_E_NO_SERVICE});
  EXPECT_EQ(world.reset(), Lines{"no service"});
  EXPECT_EQ(world.fake.open_contexts(), 0U);
  EXPECT_EQ(world.exchange("00a40400"), Lines{"9000"});
}

TEST(PcscCardAccess, HasACardToItselfOnlyWhereItIsToldTo) {
  for (const auto& [share, others] : {std::pair{Share::Shared, true}, {Share::Exclusive, false}}) {
    AccessWorld world(share);
    world.exchange("00a40400");
    const auto context = Context::establish().value();
    EXPECT_EQ(Connection::open(context, kReader, Share::Shared).has_value(), others);
  }
}

}  // namespace
}  // namespace vscard::cards::pcsc
