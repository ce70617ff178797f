// A client's use of a reader over USB/IP, each step of which fails in every way.

#include "tests/ccid-passthru/usbip/exporter_world.hpp"

#include <functional>

namespace vscard::ccid_passthru::usbip {
namespace {

using ccid::CommandType;
using fakes::Lines;
using fakes::UsbipClient;
using test::ExporterWorld;
using Raw = UsbipClient::Raw;
using Step = fakes::Step<ExporterWorld>;
using Failure = fakes::Failure<ExporterWorld>;

auto send(std::function<Raw(UsbipClient&)> make) {
  return
      [make = std::move(make)](ExporterWorld& world) { return world.send(make(world.client())); };
}

constexpr std::uint8_t kBulk = 1;       ///< both directions
constexpr std::uint8_t kInterrupt = 2;  ///< IN

Raw descriptor(UsbipClient& c) {
  return c.control(1, {.request_type = 0x80, .request = 6, .value = 0x100, .length = 8});
}
Raw command(UsbipClient& c, std::uint32_t sequence) {
  return c.out(sequence, kBulk, fakes::xfr_block(3, fakes::counting(4)));
}

std::vector<Step> script() {
  return {
      {"a descriptor", send(descriptor), {"1 status 0 length 8 1201000200000040"}},
      {"configuration", send([](auto& c) { return c.configure(2); }), {"2 status 0 length 0"}},
      {"interrupts",
       send([](auto& c) { return c.in(3, kInterrupt, 8); }),
       {"3 status 0 length 2 5002"}},
      {"the next interrupt waits", send([](auto& c) { return c.in(4, kInterrupt, 8); }), {}},
      {"a card is in", [](ExporterWorld& w) { return w.insert(); }, {"4 status 0 length 2 5003"}},
      {"power on",
       send([](auto& c) { return c.out(5, kBulk, fakes::command(CommandType::IccPowerOn, 1)); }),
       {"5 status 0 length 10"}},
      {"its answer",
       send([](auto& c) { return c.in(6, kBulk, 64); }),
       {"6 status 0 length 12 800200000000010000003b00"}},
      {"a command",
       send([](auto& c) { return command(c, 7); }),
       {"transmit 00010203", "7 status 0 length 14"}},
      {"the read", send([](auto& c) { return c.in(8, kBulk, 64); }), {}},
      {"its answer",
       [](ExporterWorld& w) { return w.respond("9000"); },
       {"8 status 0 length 12 800200000000030000009000"}},
      {"a command and the read",
       send([](auto& c) {
         Raw both = command(c, 9);
         const Raw read = c.in(10, kBulk, 64);
         both.insert(both.end(), read.begin(), read.end());
         return both;
       }),
       {"transmit 00010203", "9 status 0 length 14"}},
      {"a second passes",
       [](ExporterWorld& w) { return w.wait(ccid::kExtensionInterval); },
       {"10 status 0 length 10 80000000000003800100"}},
      {"the read", send([](auto& c) { return c.in(11, kBulk, 64); }), {}},
      {"taken back", send([](auto& c) { return c.unlink(12, 11); }), {"abort", "12 unlink -104"}},
      {"an interrupt", send([](auto& c) { return c.in(13, kInterrupt, 8); }), {}},
      {"taken back", send([](auto& c) { return c.unlink(14, 13); }), {"14 unlink -104"}},
  };
}

auto lose_by(std::function<Raw(UsbipClient&)> make) {
  return [make = std::move(make)](ExporterWorld& world) {
    world.send(make(world.client()));
    EXPECT_TRUE(world.lost());
  };
}

TEST(UsbipExporterSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"the connection ends", [](ExporterWorld& world) { world.end(); }},
      {"it ends in a request",
       [](ExporterWorld& world) {
         world.send({0x00, 0x00});
         world.end();
       }},
      {"4 GiB for the card", lose_by([](auto& c) { return c.submit(90, kBulk, 0xffffffff, {}); })},
      {"an answer", lose_by([](auto&) { return Raw(48, 3); })},
      {"an unlink of nothing",
       [](ExporterWorld& w) {
         EXPECT_EQ(w.send(w.client().unlink(91, 4711)), Lines{"91 unlink 0"});
       }},
      {"an endpoint that is not there",
       [](ExporterWorld& w) {
         EXPECT_EQ(w.send(w.client().in(92, 7, 64)), Lines{"92 status -2 length 0"});
       }},
      {"configured again", [](ExporterWorld& w) { w.send(w.client().configure(93)); }},
      {"the card is pulled", [](ExporterWorld& world) { world.remove(); }},
      {"the card is mute", [](ExporterWorld& world) { world.fail(); }},
      {"a minute passes", [](ExporterWorld& w) { w.wait(std::chrono::minutes(1)); }},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbip
