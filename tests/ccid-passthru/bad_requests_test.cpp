// Guests that keep to usbredir and ask for too much, for nonsense, or for nothing that they read.

#include "ccid-passthru/usb/descriptors.hpp"
#include "ccid-passthru/usb/device.hpp"
#include "tests/ccid-passthru/attacked_program.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace vscard::ccid_passthru {
namespace {

using fakes::SocketGuest;
using namespace fakes::raw_packets;
using ccid::CommandType;
using fakes::command;
using fakes::from_hex;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;
using BadRequests = test::AttackedProgram;

constexpr std::uint64_t kMany = 50'000;

/// As often as `count`, with the number of each.
template <class Make>
Raw many(std::uint64_t count, Make make) {
  Raw all;
  for (std::uint64_t i = 0; i < count; ++i) all += make(i);
  return all;
}

/// The ABORT request of the control pipe, and the message.
Raw abort_request(std::uint8_t seq) {
  return control(
      1, 0x00, {.request_type = 0x21, .request = 1, .value = static_cast<std::uint16_t>(seq << 8)});
}
Raw send(CommandType type, std::uint8_t seq, std::string_view data = "") {
  return bulk_out(2, usb::kBulkOut, command(type, seq, data));
}
/// For the card that echoes: an answer after 30 seconds.
constexpr std::string_view kSlow = "0003001e";

TEST_F(BadRequests, ForTheInterruptsThousandsOfTimes) {
  SocketGuest guest(target());
  const auto seen =
      guest.exchange(many(kMany, [](auto /*id*/) { return start_interrupts(usb::kInterruptIn); }));
  EXPECT_EQ(std::ranges::count(seen, "interrupts ep 82 status 0"), kMany);
  const auto as_bulk = [](std::uint64_t id) { return bulk(id, usb::kInterruptIn, 8); };
  guest.exchange(many(kMany, as_bulk));
}

TEST_F(BadRequests, ForThousandsOfAnswersAndACancelOfEverything) {
  SocketGuest guest(target());
  const auto seen =
      guest.exchange(many(kMany, [](auto id) { return bulk(id, usb::kBulkIn, 65556); }));
  EXPECT_THAT(seen, SizeIs(kMany - usb::kMaxPendingRequests));
  const auto cancelled = guest.exchange(many(kMany, [](auto id) { return cancel(id); }));
  EXPECT_THAT(cancelled, AllOf(SizeIs(usb::kMaxPendingRequests), Each(HasSubstr("status 1"))));
  EXPECT_THAT(guest.exchange(many(kMany, [](auto id) { return cancel(~id); })), SizeIs(0));
}

TEST_F(BadRequests, WithThousandsOfTheSameId) {
  SocketGuest guest(target());
  const auto same = [](auto /*id*/) {
    return bulk(7, usb::kBulkIn, 64) + bulk(7, usb::kInterruptIn, 8);
  };
  guest.exchange(many(kMany / 2, same));
  EXPECT_THAT(guest.exchange(many(kMany, [](auto /*id*/) { return cancel(7); })),
              SizeIs(testing::Ge(usb::kMaxPendingRequests)));
}

TEST_F(BadRequests, ForAbortsInBothOrders) {
  SocketGuest guest(target());
  guest.power_on();
  for (std::uint8_t seq = 0; seq < 100; ++seq) {
    const Raw halves[]{abort_request(seq), send(CommandType::Abort, seq)};
    guest.exchange(send(CommandType::XfrBlock, 200, kSlow) + halves[seq % 2] + halves[1 - seq % 2] +
                   bulk(3, usb::kBulkIn, 64) + cancel(3));
    EXPECT_EQ(guest.command(command(CommandType::GetSlotStatus, 201)), "SlotStatus 201 00 00 00");
  }
  card().wait_for("late by 30 s");
}

TEST_F(BadRequests, ForAbortsAgainAndAgain) {
  SocketGuest guest(target());
  guest.power_on();
  guest.exchange(send(CommandType::XfrBlock, 200, kSlow));
  const auto halves = [](std::uint64_t i) {
    const auto seq = static_cast<std::uint8_t>(i);
    return abort_request(seq) + abort_request(seq) + send(CommandType::Abort, seq) +
           send(CommandType::Abort, seq);
  };
  guest.exchange(many(kMany / 4, halves));
  const auto other_seq = [](std::uint64_t i) {
    const auto seq = static_cast<std::uint8_t>(i);
    return abort_request(seq) + send(CommandType::Abort, static_cast<std::uint8_t>(seq + 1));
  };
  guest.exchange(many(kMany / 4, other_seq));
  card().wait_for("late by 30 s");
}

// Each is long and given up before the card has answered: it works on the first one meanwhile.
TEST_F(BadRequests, ForCommandsThatAreAbortedAtOnce) {
  SocketGuest guest(target());
  guest.power_on();
  Raw slow = from_hex(kSlow) + from_hex("000bef");
  slow.resize(slow.size() + 0xbef);
  const Raw message = fakes::xfr_block(1, slow);
  const auto give_up = [&](std::uint64_t i) {
    return bulk_out(i, usb::kBulkOut, message) + bulk(i, usb::kBulkIn, 64) + cancel(i);
  };
  guest.exchange(many(kMany / 5, give_up));
  card().wait_for("late by 30 s");
}

TEST_F(BadRequests, ForResetsAndConfigurationsInTheMiddleOfACommand) {
  SocketGuest guest(target());
  guest.power_on();
  const Raw reset = header(usb_redir_reset, 0);
  const Raw interface = packet(usb_redir_set_alt_setting, {0, 0}, 9);
  const auto restart = [&](std::uint64_t i) {
    const Raw restarts[]{reset + set_configuration(1, 1), interface, set_configuration(1, 1),
                         set_configuration(1, 0) + set_configuration(1, 1)};
    return send(CommandType::IccPowerOn, 1) + send(CommandType::XfrBlock, 2, kSlow) +
           bulk(i, usb::kBulkIn, 64) + restarts[i % 4];
  };
  guest.exchange(many(kMany / 5, restart));
  card().wait_for("late by 30 s");
}

TEST_F(BadRequests, ForHaltsOfAllEndpoints) {
  SocketGuest guest(target());
  guest.power_on();
  const auto halt = [](std::uint64_t i) {
    const auto feature = [&](std::uint8_t request, std::uint8_t endpoint) {
      return control(i, 0, {.request_type = 0x02, .request = request, .index = endpoint});
    };
    Raw all = bulk(i, usb::kBulkIn, 64);
    for (const auto endpoint : {usb::kBulkOut, usb::kBulkIn, usb::kInterruptIn}) {
      all += feature(3, endpoint) + send(CommandType::GetSlotStatus, 1) + feature(1, endpoint);
    }
    return all;
  };
  guest.exchange(many(kMany / 10, halt));
}

TEST_F(BadRequests, ForMessagesThatNeverEnd) {
  SocketGuest guest(target());
  guest.power_on();
  Raw begun = command(CommandType::XfrBlock, 1);
  begun[1] = 0xf0;  // dwLength
  begun[2] = 0x0b;
  begun.resize(64);
  const auto again = [&](std::uint64_t i) { return bulk_out(i, usb::kBulkOut, begun); };
  guest.exchange(many(kMany, again));
}

// Each rejection is worth a line for the user, but not each time.
TEST_F(BadRequests, ForNothingBecauseTheDeviceIsRejectedAgainAndAgain) {
  SocketGuest guest(target());
  guest.exchange(many(kMany, [](auto /*id*/) { return packet(usb_redir_filter_reject, {}); }));
}

TEST_F(BadRequests, WithLongFiltersAgainAndAgain) {
  std::string rules = "-1,-1,-1,-1,0";
  for (int i = 1; i < 1000; ++i) rules += "|-1,-1,-1,-1,0";
  const Raw body(rules.c_str(), rules.c_str() + rules.size() + 1);
  SocketGuest guest(target());
  guest.exchange(
      many(kMany / 25, [&](auto /*id*/) { return packet(usb_redir_filter_filter, body); }));
}

// A paused virtual machine, or a malicious one: it sends as much as the program takes.
TEST_F(BadRequests, OfAGuestThatNeverReads) {
  SocketGuest guest(target());
  guest.power_on();
  const auto ask = [](std::uint64_t i) {
    const auto seq = static_cast<std::uint8_t>(i);
    return control(i, 0x80, {.request_type = 0x80, .request = 6, .value = 0x0200, .length = 255}) +
           send(CommandType::XfrBlock, seq, "0001000001ff") + bulk(i, usb::kBulkIn, 65556) +
           start_interrupts(usb::kInterruptIn) + set_configuration(i, 1);
  };
  const Raw all = many(4 * kMany, ask);
  protocol::Bytes rest = all;
  for (int round = 0; round < 100; ++round) {
    while (guest.socket().send_some(rest)) {
    }
    neighbour().wait_for_answers(1);
  }
  EXPECT_GT(rest.size(), all.size() / 2) << "it takes no more";
}

}  // namespace
}  // namespace vscard::ccid_passthru
