// A guest's use of a USB reader, each step of which fails in every way.

#include "tests/fakes/device_harness.hpp"
#include "tests/fakes/steps.hpp"

namespace vscard::ccid_passthru::usb {
namespace {

using ccid::CommandType;
using fakes::command;
using fakes::counting;
using fakes::kAtr;
using fakes::Lines;
using fakes::xfr_block;

/// A device whose card may answer when it was given nothing. Requests are numbered from the
/// script's first.
class DeviceWorld {
 public:
  fakes::DeviceHarness harness;

  Lines respond(protocol::Bytes bytes) { return harness.respond(bytes); }
  void fail(protocol::Errc reason) { harness.fail(reason); }

  /// The harness looks at each step.
  static std::string wrong() { return ""; }
  /// The bus is reset, and the card pulled out.
  void end() {
    harness.reset();
    harness.remove();
  }
  std::string owed() {
    if (harness.device().busy()) return "the answer of a command";
    return harness.pending() == 0 ? "" : "the end of a request";
  }
  void begin_again() {
    harness.wait(ccid::kEmptyTime);
    harness.number_from(1);
  }
};

using Step = fakes::Step<DeviceWorld>;
using Failure = fakes::Failure<DeviceWorld>;

auto out(std::vector<std::uint8_t> message) {
  return [message = std::move(message)](DeviceWorld& world) { return world.harness.out(message); };
}
auto in(std::size_t length, std::uint8_t endpoint = kBulkIn) {
  return [length, endpoint](DeviceWorld& world) { return world.harness.in(length, endpoint); };
}

std::vector<Step> script() {
  return {
      {"configuration",
       [](DeviceWorld& w) { return w.harness.configure(1); },
       {"success ", "interrupt"}},
      {"a look at the slot", in(8, kInterruptIn), {"1: 5002"}},
      {"another look", in(8, kInterruptIn), {}},
      {"a card is in", [](DeviceWorld& w) { return w.harness.insert(); }, {"2: 5003"}},
      {"power on", out(command(CommandType::IccPowerOn, 1)), {"3: took 10"}},
      {"the read", in(64), {"4: DataBlock 1 00 00 00 " + kAtr}},
      {"a read", in(64), {}},
      {"the command", out(xfr_block(2, counting(5))), {"6: took 15", "transmit 0001020304"}},
      {"a second passes",
       [](DeviceWorld& w) { return w.harness.wait(ccid::kExtensionInterval); },
       {"5: DataBlock 2 80 01 00"}},
      {"a read", in(64), {}},
      {"the answer",
       [](DeviceWorld& w) { return w.respond(counting(60)); },
       {"7: DataBlock 2 00 00 00 dwLength 60 " + fakes::to_hex(counting(54))}},
      {"the rest", in(64), {"8: " + fakes::to_hex(protocol::Bytes(counting(60)).subspan(54))}},
      {"the command", out(xfr_block(3, counting(4))), {"9: took 14", "transmit 00010203"}},
      {"half of its abort",
       [](DeviceWorld& w) { return w.harness.abort(4); },
       {"success ", "abort transmit"}},
      {"the other half", out(command(CommandType::Abort, 4)), {"10: took 10"}},
      {"the read", in(64), {"11: SlotStatus 4 00 00 00"}},
  };
}

void reset_the_bus(DeviceWorld& world) {
  world.harness.reset();
  EXPECT_EQ(world.owed(), "");
}
void cancel_all(DeviceWorld& world) {
  for (std::uint64_t id = 1; id <= 20; ++id) world.harness.cancel(id);
  EXPECT_EQ(world.harness.pending(), 0U);
}
void halt_all(DeviceWorld& world) {
  for (const auto endpoint : {kBulkOut, kBulkIn, kInterruptIn}) {
    world.harness.set_halt(endpoint);
    world.harness.clear_halt(endpoint);
  }
}

TEST(UsbDeviceSteps, FailEachInEveryWay) {
  const auto sending = [](std::vector<std::uint8_t> message) {
    return [message = std::move(message)](DeviceWorld& world) { world.harness.out(message); };
  };
  const std::vector<Failure> failures{
      {"the bus is reset", reset_the_bus},
      {"every request is cancelled", cancel_all},
      {"every pipe is halted", halt_all},
      {"it is configured again", [](DeviceWorld& world) { world.harness.configure(1); }},
      {"it is not configured any more", [](DeviceWorld& world) { world.harness.configure(0); }},
      {"an unknown control request",
       [](DeviceWorld& w) { w.harness.control(fakes::setup(0xc0, 0x42, 0, 0, 64)); }},
      {"a write to the wrong pipe", [](DeviceWorld& w) { w.harness.out(counting(4), kBulkIn); }},
      {"a read of the wrong pipe", [](DeviceWorld& world) { world.harness.in(64, kBulkOut); }},
      {"a read of nothing", [](DeviceWorld& world) { world.harness.in(0); }},
      {"a look at the slot without room", [](DeviceWorld& w) { w.harness.in(1, kInterruptIn); }},
      {"half a message", sending(fakes::from_hex("6f0500"))},
      {"an empty message", sending({})},
      {"a message that is too long", sending(std::vector<std::uint8_t>(64, 0xff))},
      {"the card is pulled", [](DeviceWorld& world) { world.harness.remove(); }},
      {"another card is in", [](DeviceWorld& world) { world.harness.insert("3b00"); }},
      {"the card was reset", [](DeviceWorld& world) { world.harness.insert(); }},
      {"the card is mute", [](DeviceWorld& world) { world.fail(protocol::Errc::CardFailed); }},
      {"the connection to it is lost", [](DeviceWorld& w) { w.fail(protocol::Errc::LinkLost); }},
      {"a minute passes", [](DeviceWorld& w) { w.harness.wait(std::chrono::minutes(1)); }},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
