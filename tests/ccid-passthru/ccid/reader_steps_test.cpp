// A guest's use of a card, each step of which fails in every way.

#include "tests/fakes/reader_harness.hpp"
#include "tests/fakes/steps.hpp"

namespace vscard::ccid_passthru::ccid {
namespace {

using fakes::command;
using fakes::counting;
using fakes::kAtr;
using fakes::Lines;
using fakes::xfr_block;
using Type = CommandType;

/// A reader of short messages. Its card may answer when nothing was given to it.
class ReaderWorld {
 public:
  fakes::ReaderHarness harness{{kMinMessage}};

  Lines respond(protocol::Bytes bytes) { return harness.respond(bytes); }
  void fail(protocol::Errc reason) {
    harness.fail(reason);
    EXPECT_FALSE(harness.card_is_busy());
  }

  /// The harness looks at each step.
  static std::string wrong() { return ""; }
  /// The bus is reset, and the card pulled out.
  void end() {
    harness.reset();
    harness.remove();
  }
  std::string owed() { return harness.card_is_busy() ? "the answer of a command" : ""; }
  void begin_again() {
    harness.wait(kEmptyTime);
    harness.notification();
  }
};

using Step = fakes::Step<ReaderWorld>;
using Failure = fakes::Failure<ReaderWorld>;

auto send(std::vector<std::uint8_t> message) {
  return [message = std::move(message)](ReaderWorld& world) { return world.harness.send(message); };
}
auto send(Type type, std::uint8_t seq) { return send(command(type, seq)); }
auto respond(std::size_t size) {
  return [size](ReaderWorld& world) { return world.respond(counting(size)); };
}

std::vector<Step> script() {
  return {
      {"a card is in", [](ReaderWorld& w) { return w.harness.insert(); }, {"slot changed"}},
      {"power on", send(Type::IccPowerOn, 1), {"DataBlock 1 00 00 00 " + kAtr}},
      {"its parameters", send(Type::GetParameters, 2), {"Parameters 2 00 00 01 1110004500fe00"}},
      {"a command", send(xfr_block(3, counting(5))), {"transmit 0001020304"}},
      {"a second passes",
       [](ReaderWorld& w) { return w.harness.wait(kExtensionInterval); },
       {"wait: DataBlock 3 80 01 00"}},
      {"its answer", respond(2), {"DataBlock 3 00 00 00 0001"}},
      {"half a command", send(xfr_block(4, counting(4), Chain::First)), {"DataBlock 4 00 00 10"}},
      {"the rest", send(xfr_block(5, counting(1), Chain::Last)), {"transmit 0001020300"}},
      {"an answer in two parts",
       respond(263),
       {"DataBlock 5 00 00 01 " + fakes::to_hex(counting(261))}},
      {"the rest", send(xfr_block(6, {}, Chain::Next)), {"DataBlock 6 00 00 02 0506"}},
      {"a command", send(xfr_block(7, counting(4))), {"transmit 00010203"}},
      {"half of its abort",
       [](ReaderWorld& w) { return w.harness.abort(8); },
       {"abort transmit", "DataBlock 7 40 ff 00"}},
      {"the other half", send(Type::Abort, 8), {"SlotStatus 8 00 00 00"}},
      {"power off", send(Type::IccPowerOff, 9), {"power down", "SlotStatus 9 01 00 00"}},
      {"the card is pulled", [](ReaderWorld& w) { return w.harness.remove(); }, {"slot changed"}},
  };
}

/// A message that announces another length than it has.
std::vector<std::uint8_t> with_length(std::vector<std::uint8_t> message, std::uint8_t length) {
  message.at(1) = length;
  return message;
}

void pull_the_card(ReaderWorld& world) {
  world.harness.remove();
  EXPECT_FALSE(world.harness.card_is_busy());
}

TEST(CcidReaderSteps, FailEachInEveryWay) {
  const auto sending = [](std::vector<std::uint8_t> message) {
    return [message = std::move(message)](ReaderWorld& world) { world.harness.send(message); };
  };
  const auto failing = [](protocol::Errc reason) {
    return [reason](ReaderWorld& world) { world.fail(reason); };
  };
  const std::vector<Failure> failures{
      {"the card is pulled", pull_the_card},
      {"another card is in", [](ReaderWorld& world) { world.harness.insert("3b00"); }},
      {"the card was reset", [](ReaderWorld& world) { world.harness.insert(); }},
      {"the connection to it is lost", [](ReaderWorld& world) { world.harness.lose_link(); }},
      {"the card is mute", failing(protocol::Errc::CardFailed)},
      {"the card is too slow", failing(protocol::Errc::NoAnswer)},
      {"an answer without a status word", [](ReaderWorld& world) { world.respond(counting(1)); }},
      {"a minute passes", [](ReaderWorld& w) { w.harness.wait(std::chrono::minutes(1)); }},
      {"a message that is too short", sending(with_length(xfr_block(99, counting(5)), 6))},
      {"a message that is too long", sending(with_length(xfr_block(99, counting(5)), 4))},
      {"an unknown message", sending(command(Type{0x42}, 99))},
      {"a part that continues nothing", sending(xfr_block(99, counting(4), Chain::Middle))},
      {"an abort of another command", [](ReaderWorld& world) { world.harness.abort(99); }},
      {"an abort by message alone", sending(command(Type::Abort, 99))},
      {"power", sending(command(Type::IccPowerOn, 99))},
      {"the guest gives up reading", [](ReaderWorld& world) { world.harness.abandon(); }},
      {"the guest starts anew", [](ReaderWorld& world) { world.harness.restart(); }},
      {"the bus is reset", [](ReaderWorld& world) { world.harness.reset(); }},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
