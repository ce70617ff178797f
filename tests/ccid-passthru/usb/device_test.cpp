#include "ccid-passthru/usb/device.hpp"

#include "protocol/apdu.hpp"
#include "tests/ccid-passthru/ccid/reader_text.hpp"
#include "tests/ccid-passthru/usb/request_ledger.hpp"
#include "tests/protocol/hex.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ranges>
#include <string>
#include <vector>

namespace vscard::usb {
namespace {

using namespace std::chrono_literals;
using ccid::CommandType;
using ccid::test::command;
using ccid::test::xfr_block;
using protocol::SecretBytes;
using protocol::test::from_hex;
using protocol::test::to_hex;
using Lines = std::vector<std::string>;
using Data = std::vector<std::uint8_t>;

constexpr std::size_t kLibccidRead = 65556;  ///< bytes: the whole buffer of libccid
constexpr std::size_t kScdaemonRead = 2065;  ///< bytes: the whole buffer of GnuPG's driver

const std::string kAtr = "3b808131fe458b";
const Data kSelect = from_hex("00a40400");

protocol::Atr atr(const std::string& hex) { return protocol::Atr::parse(from_hex(hex)).value(); }

std::string name_of(Status status) {
  switch (status) {
    case Status::Success:
      return "success";
    case Status::Cancelled:
      return "cancelled";
    case Status::Invalid:
      return "invalid";
    case Status::TooMany:
      return "too many";
    case Status::Stall:
      return "stall";
    case Status::Babble:
      return "babble";
  }
  return "?";
}

std::string text(const Device::Completed& it) {
  const std::string id = std::to_string(static_cast<std::uint64_t>(it.id)) + ": ";
  if (it.status != Status::Success) return id + name_of(it.status);
  if (it.endpoint == kBulkOut) return id + "took " + std::to_string(it.length);
  const bool whole = it.endpoint == kBulkIn && it.data.size() >= ccid::kHeaderSize;
  return id + (whole ? ccid::test::text_of(it.data.view()) : to_hex(it.data.view()));
}
std::string text(const Device::InterruptReady& /*it*/) { return "interrupt"; }
std::string text(const Device::Transmit& it) { return "transmit " + to_hex(it.command.view()); }
std::string text(const Device::AbortTransmit& /*it*/) { return "abort transmit"; }

/// A control request: bmRequestType, bRequest, wValue, wIndex, wLength.
usb::Setup setup(std::uint8_t type, std::uint8_t request, unsigned value, unsigned index,
                 unsigned length) {
  return {.request_type = type,
          .request = request,
          .value = static_cast<std::uint16_t>(value),
          .index = static_cast<std::uint16_t>(index),
          .length = static_cast<std::uint16_t>(length)};
}

/// A device, its host, its card and its clock. Requests are numbered by their submission.
class Desk {
 public:
  explicit Desk(Speed speed = Speed::Full, ccid::MessageLimits limits = {})
      : device_({.id = {}, .serial = "1", .name = "alice", .speed = speed}, limits) {}

  /// Configured, powered card, the first notification taken; the next request is number 1.
  Desk& ready() {
    configure(1);
    device_.insert_card(atr(kAtr), now_);
    device_.take_notification();
    out(command(CommandType::IccPowerOn, 200));
    in(64);
    number_ = 0;
    return *this;
  }
  /// XfrBlock 201 is at the card: requests 1 (OUT) and, if the host reads, 2 (IN).
  Desk& busy() {
    ready().out(xfr_block(201, kSelect));
    return *this;
  }

  Lines out(protocol::Bytes data, std::uint8_t endpoint = kBulkOut) {
    ledger_.submitted(RequestId{++number_}, endpoint, data.size());
    return check(
        device_.submit_out(RequestId{number_}, endpoint, protocol::test::ExactBytes(data), now_));
  }
  Lines in(std::size_t length, std::uint8_t endpoint = kBulkIn) {
    ledger_.submitted(RequestId{++number_}, endpoint, length);
    return check(device_.submit_in(RequestId{number_}, endpoint, length));
  }
  /// The bytes that a read gets at once; nothing if it waits, and is then cancelled.
  std::optional<Data> read(std::size_t length) {
    const auto actions = device_.submit_in(RequestId{++number_}, kBulkIn, length);
    if (actions.empty()) {
      device_.cancel(RequestId{number_});
      return std::nullopt;
    }
    const auto& completed = std::get<Device::Completed>(actions.at(0));
    EXPECT_EQ(completed.status, Status::Success);
    const auto bytes = completed.data.view();
    return Data(bytes.begin(), bytes.end());
  }
  Lines cancel(std::uint64_t id) { return check(device_.cancel(RequestId{id})); }
  Lines reset() { return check(device_.reset()); }
  Lines announce() { return check(device_.announce_slot()); }
  std::string notification() {
    const auto taken = device_.take_notification();
    return taken ? to_hex(*taken) : "";
  }

  /// Status and data, then what else is done.
  Lines control(const Setup& setup) {
    auto result = device_.control(setup);
    Lines lines = check(result.actions);
    lines.insert(lines.begin(), name_of(result.status) + " " + to_hex(result.data));
    return lines;
  }
  Lines configure(std::uint16_t value) { return control(setup(0x00, 9, value, 0, 0)); }
  Lines clear_halt(std::uint8_t endpoint) { return control(setup(0x02, 1, 0, endpoint, 0)); }
  Lines set_halt(std::uint8_t endpoint) { return control(setup(0x02, 3, 0, endpoint, 0)); }
  std::string halted(std::uint8_t endpoint) {
    return control(setup(0x82, 0, 0, endpoint, 2)).at(0);
  }
  Lines abort(std::uint16_t seq) {
    return control(setup(0x21, 1, static_cast<std::uint16_t>(seq << 8), 0, 0));
  }

  Lines insert(const std::string& hex = kAtr) { return check(device_.insert_card(atr(hex), now_)); }
  Lines remove() { return check(device_.remove_card(now_)); }
  Lines respond(protocol::Bytes bytes) {
    return check(device_.respond(SecretBytes::copy_of(bytes)));
  }
  Lines respond(const std::string& hex) { return respond(from_hex(hex)); }
  Lines fail(protocol::Errc reason) { return check(device_.fail(reason)); }
  Lines wait(protocol::Duration duration) {
    now_ += duration;
    return check(device_.expire(now_));
  }
  std::size_t pending() const { return ledger_.pending(); }
  Device& device() { return device_; }

 private:
  Lines check(const Device::Actions& actions) {
    Lines lines;
    for (const auto& action : actions) {
      lines.push_back(std::visit([](const auto& it) { return text(it); }, action));
    }
    EXPECT_TRUE(ledger_.accepts(actions)) << testing::PrintToString(lines);
    return lines;
  }

  Device device_;
  test::RequestLedger ledger_;
  std::uint64_t number_ = 0;
  protocol::Time now_;
};

TEST(UsbDevice, AnswersACommand) {
  Desk desk;
  desk.configure(1);
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 7)), Lines{"1: took 10"});
  EXPECT_EQ(desk.in(64), Lines{"2: SlotStatus 7 02 00 00"});
  EXPECT_EQ(desk.in(64), Lines{});
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"4: took 10", "3: SlotStatus 8 02 00 00"}));
}

TEST(UsbDevice, PassesAnApduAndAsksForTime) {
  Desk desk;
  desk.ready();
  EXPECT_EQ(desk.out(xfr_block(7, kSelect)), (Lines{"1: took 14", "transmit 00a40400"}));
  EXPECT_EQ(desk.in(kLibccidRead), Lines{});
  EXPECT_EQ(desk.device().deadline(), protocol::Time{} + 1s);
  EXPECT_EQ(desk.wait(1s), Lines{"2: DataBlock 7 80 01 00"});
  EXPECT_EQ(desk.wait(1s), Lines{}) << "the host does not read";
  EXPECT_EQ(desk.wait(1s), Lines{});
  EXPECT_EQ(desk.in(kLibccidRead), Lines{"3: DataBlock 7 80 01 00"}) << "one of the two";
  EXPECT_EQ(desk.wait(1s), Lines{});
  EXPECT_EQ(desk.respond("9000"), Lines{});
  EXPECT_EQ(desk.in(kLibccidRead), Lines{"4: DataBlock 7 00 00 00 9000"}) << "no extension before";
  EXPECT_EQ(desk.in(kLibccidRead), Lines{});
}

Data counting(std::size_t size) {
  Data bytes(size);
  std::ranges::generate(bytes, [next = std::uint8_t{0}]() mutable { return ++next; });
  return bytes;
}

/// Reads one message with requests of `length`, as a controller that stops at a short packet.
Data read_message(Desk& desk, std::size_t length, std::size_t expected) {
  Data message;
  std::size_t last = 0;
  while (message.size() < expected) {
    const auto piece = desk.read(length);
    if (!piece) break;
    last = piece->size();
    EXPECT_EQ(last, std::min(length, expected - message.size()));
    message.insert(message.end(), piece->begin(), piece->end());
  }
  if (last == length && last % 64 == 0) {
    EXPECT_EQ(desk.read(length), Data{}) << "an empty one where the end cannot be seen";
  }
  EXPECT_EQ(desk.read(length), std::nullopt) << "and nothing more";
  return message;
}

TEST(UsbDevice, KeepsStepAtEveryLengthWithEveryRequest) {
  std::vector<std::size_t> lengths{2055, 4096, protocol::kMaxResponseApdu};
  for (std::size_t length = 2; length <= 600; ++length) lengths.push_back(length);
  for (const std::size_t request :
       {std::size_t{64}, std::size_t{512}, kScdaemonRead, kLibccidRead}) {
    Desk desk(Speed::High, {ccid::kMaxMessage});
    desk.ready();
    for (const std::size_t length : lengths) {
      SCOPED_TRACE(std::to_string(length) + " in requests of " + std::to_string(request));
      const Data response = counting(length);
      desk.out(xfr_block(7, kSelect));
      desk.respond(response);
      const Data message = read_message(desk, request, ccid::kHeaderSize + length);
      ASSERT_EQ(message.size(), ccid::kHeaderSize + length);
      ASSERT_TRUE(std::equal(response.begin(), response.end(), message.begin() + 10));
    }
  }
}

// The same, and the host sends its next command without asking for the empty transfer.
TEST(UsbDevice, ForgetsTheEmptyTransferAtTheNextCommand) {
  Desk desk;
  desk.ready();
  for (std::size_t length = 2; length <= 600; ++length) {
    desk.out(xfr_block(7, kSelect));
    desk.respond(counting(length));
    for (std::size_t taken = 0; taken < ccid::kHeaderSize + length;) {
      const auto piece = desk.read(64);
      if (!piece) FAIL() << length;
      taken += piece->size();
    }
    desk.out(command(CommandType::GetSlotStatus, 8));
    EXPECT_EQ(desk.read(64), from_hex("81000000000008000000")) << length;
  }
}

TEST(UsbDevice, JoinsTheTransfersOfACommand) {
  Desk desk;
  desk.ready();
  const Data message = xfr_block(7, counting(250));
  const protocol::Bytes bytes(message);
  EXPECT_EQ(desk.out(bytes.first(64)), Lines{"1: took 64"});
  EXPECT_EQ(desk.out(bytes.subspan(64, 128)), Lines{"2: took 128"});
  EXPECT_EQ(desk.out({}), Lines{"3: took 0"});
  EXPECT_EQ(desk.out(bytes.subspan(192)),
            (Lines{"4: took 68", "transmit " + to_hex(counting(250))}));
}

TEST(UsbDevice, AnswersAMalformedMessageAndTakesTheNext) {
  Desk desk;
  desk.ready();
  auto message = command(CommandType::GetSlotStatus, 7);
  message[1] = 5;
  EXPECT_EQ(desk.out(message), Lines{"1: took 10"});
  EXPECT_EQ(desk.in(64), Lines{"2: SlotStatus 7 40 01 00"});
  const Data long_message = xfr_block(8, Data(4096 - ccid::kHeaderSize));
  EXPECT_EQ(desk.out(long_message), Lines{"3: took 4096"});
  EXPECT_EQ(desk.out(Data(64)), Lines{"4: took 64"}) << "still that one";
  EXPECT_EQ(desk.in(64), Lines{"5: DataBlock 8 40 01 00"});
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 9)), Lines{"6: took 10"});
  EXPECT_EQ(desk.in(64), Lines{"7: SlotStatus 9 00 00 00"});
}

TEST(UsbDevice, StallsWhatIsNotEvenAHeaderUntilTheHaltIsCleared) {
  Desk desk;
  desk.ready();
  EXPECT_EQ(desk.halted(kBulkOut), "success 0000");
  EXPECT_EQ(desk.out(Data(9)), Lines{"1: stall"});
  EXPECT_EQ(desk.halted(kBulkOut), "success 0100");
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 7)), Lines{"2: stall"});
  EXPECT_EQ(desk.clear_halt(kBulkOut), Lines{"success "});
  EXPECT_EQ(desk.halted(kBulkOut), "success 0000");
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 8)), Lines{"3: took 10"});
  EXPECT_EQ(desk.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, DropsTheAnswerOfACommandWhoseReadIsCancelled) {
  Desk desk;
  desk.busy().in(64);
  EXPECT_EQ(desk.cancel(2), (Lines{"2: cancelled", "abort transmit"}));
  EXPECT_EQ(desk.cancel(2), Lines{}) << "only once";
  EXPECT_EQ(desk.respond("9000"), Lines{});
  EXPECT_EQ(desk.in(64), Lines{});
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"4: took 10", "3: SlotStatus 8 00 00 00"}));
}

TEST(UsbDevice, KeepsACommandWhileAnotherReadIsPending) {
  Desk desk;
  desk.busy().in(64);
  desk.in(64);
  EXPECT_EQ(desk.cancel(2), Lines{"2: cancelled"});
  EXPECT_EQ(desk.respond("9000"), Lines{"3: DataBlock 201 00 00 00 9000"});
}

TEST(UsbDevice, ACancelledReadDropsACommandThatIsIncomplete) {
  Desk desk;
  desk.ready().out(protocol::Bytes(xfr_block(7, counting(250))).first(64));
  desk.in(64);
  EXPECT_EQ(desk.cancel(2), Lines{"2: cancelled"});
  desk.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(desk.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, DropsAnAnswerThatANewerCommandOvertakes) {
  Desk desk;
  desk.busy().respond("9000");
  desk.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(desk.in(64), Lines{"3: SlotStatus 8 00 00 00"});
  EXPECT_EQ(desk.in(64), Lines{});

  Desk half_read;
  half_read.busy().respond("9000");
  EXPECT_EQ(half_read.in(5), Lines{"2: 8002000000"});
  half_read.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(half_read.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, PowerEndsACommandThatIsNotReadWithoutATrace) {
  Desk desk;
  EXPECT_EQ(desk.busy().out(command(CommandType::IccPowerOff, 8)),
            (Lines{"2: took 10", "abort transmit"}));
  EXPECT_EQ(desk.in(64), Lines{"3: SlotStatus 8 01 00 00"});
  EXPECT_EQ(desk.in(64), Lines{});
}

TEST(UsbDevice, PowerAnswersTheReadOfTheCommandThatItEnds) {
  Desk desk;
  desk.busy().in(64);
  EXPECT_EQ(desk.out(command(CommandType::IccPowerOff, 8)),
            (Lines{"3: took 10", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  EXPECT_EQ(desk.in(64), Lines{"4: SlotStatus 8 01 00 00"});
}

TEST(UsbDevice, RefusesASecondCommandAndAnswersTheFirst) {
  Desk desk;
  desk.busy().out(command(CommandType::GetSlotStatus, 8));
  desk.respond("9000");
  EXPECT_EQ(desk.in(64), Lines{"3: SlotStatus 8 40 e0 00"});
  EXPECT_EQ(desk.in(64), Lines{"4: DataBlock 201 00 00 00 9000"});
}

TEST(UsbDevice, AbortsInEitherOrder) {
  Desk control_first;
  control_first.busy().in(64);
  EXPECT_EQ(control_first.abort(9),
            (Lines{"success ", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  control_first.out(command(CommandType::Abort, 9));
  EXPECT_EQ(control_first.in(64), Lines{"4: SlotStatus 9 00 00 00"});

  Desk message_first;
  message_first.busy().in(64);
  EXPECT_EQ(message_first.out(command(CommandType::Abort, 9)),
            (Lines{"3: took 10", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  EXPECT_EQ(message_first.in(64), Lines{});
  EXPECT_EQ(message_first.abort(9), (Lines{"success ", "4: SlotStatus 9 00 00 00"}));
}

TEST(UsbDevice, CompletesInterruptRequestsWithChanges) {
  Desk desk;
  desk.configure(1);
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{"1: 5002"}) << "the state at the start";
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{});
  EXPECT_EQ(desk.insert(), Lines{"2: 5003"});
  EXPECT_EQ(desk.remove(), Lines{"interrupt"}) << "no request";
  EXPECT_EQ(desk.wait(20ms), Lines{});
  EXPECT_EQ(desk.insert(), Lines{"interrupt"});
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{"3: 5003"}) << "one for both";
  EXPECT_EQ(desk.in(1, kInterruptIn), Lines{});
  EXPECT_EQ(desk.in(2, kInterruptIn), Lines{});
  EXPECT_EQ(desk.remove(), (Lines{"4: babble", "5: 5002"}));
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{});
  EXPECT_EQ(desk.cancel(6), Lines{"6: cancelled"});
}

TEST(UsbDevice, GivesNotificationsToACarrierThatTakesThem) {
  Desk desk;
  EXPECT_EQ(desk.insert(), Lines{}) << "not configured";
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.configure(1), (Lines{"success ", "interrupt"}));
  EXPECT_EQ(desk.notification(), "5003");
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.announce(), Lines{"interrupt"});
  EXPECT_EQ(desk.notification(), "5003");
  desk.set_halt(kInterruptIn);
  EXPECT_EQ(desk.remove(), Lines{});
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.clear_halt(kInterruptIn), (Lines{"success ", "interrupt"}));
  EXPECT_EQ(desk.notification(), "5002");
}

TEST(UsbDevice, TakesNoRequestsBeforeItIsConfigured) {
  Desk desk;
  const auto refuses = [&desk] {
    EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 1)).back().substr(3), "invalid");
    EXPECT_EQ(desk.in(64).back().substr(3), "invalid");
    EXPECT_EQ(desk.in(8, kInterruptIn).back().substr(3), "invalid");
    EXPECT_EQ(desk.clear_halt(kBulkIn), Lines{"stall "});
    EXPECT_EQ(desk.abort(1), Lines{"stall "});
    EXPECT_EQ(desk.control(setup(0x81, 10, 0, 0, 1)), Lines{"stall "});
    EXPECT_EQ(desk.control(setup(0x80, 8, 0, 0, 1)), Lines{"success 00"});
  };
  refuses();
  desk.configure(1);
  EXPECT_EQ(desk.control(setup(0x80, 8, 0, 0, 1)), Lines{"success 01"});
  desk.configure(0);
  refuses();
  desk.configure(1);
  desk.reset();
  refuses();
}

TEST(UsbDevice, RefusesEndpointsThatItDoesNotHave) {
  Desk desk;
  desk.ready();
  Lines refused;
  for (const unsigned endpoint : {0x00U, 0x80U, 0x02U, 0x03U, 0x83U, 0x81U, 0x82U, 0xffU}) {
    refused = desk.out(command(CommandType::GetSlotStatus, 1), static_cast<std::uint8_t>(endpoint));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_TRUE(refused[0].ends_with(": invalid")) << endpoint;
  }
  for (const unsigned endpoint : {0x00U, 0x80U, 0x01U, 0x02U, 0x83U, 0xffU}) {
    refused = desk.in(64, static_cast<std::uint8_t>(endpoint));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_TRUE(refused[0].ends_with(": invalid")) << endpoint;
  }
  EXPECT_EQ(desk.pending(), 0U);
}

TEST(UsbDevice, KeepsABoundedNumberOfRequests) {
  for (const std::uint8_t endpoint : {kBulkIn, kInterruptIn}) {
    Desk desk;
    desk.ready();
    for (std::size_t i = 0; i < kMaxPendingRequests; ++i) ASSERT_EQ(desk.in(8, endpoint), Lines{});
    EXPECT_EQ(desk.in(8, endpoint), Lines{"2049: too many"});
    EXPECT_EQ(desk.in(8, endpoint), Lines{"2050: too many"}) << "still";
    for (std::uint64_t id = kMaxPendingRequests; id > 0; --id) {
      ASSERT_EQ(desk.cancel(id), Lines{std::to_string(id) + ": cancelled"});
    }
    EXPECT_EQ(desk.pending(), 0U);
    EXPECT_EQ(desk.in(8, endpoint), Lines{});
  }
}

// Whatever the host begins or resets: its requests end, and afterwards all is as new.
TEST(UsbDevice, StartsAnew) {
  const std::vector<std::pair<std::string, std::function<Lines(Desk&)>>> events{
      {"configuration", [](Desk& desk) { return desk.configure(1); }},
      {"interface", [](Desk& desk) { return desk.control(setup(0x01, 11, 0, 0, 0)); }},
      {"reset", [](Desk& desk) { return desk.reset(); }},
  };
  for (const auto& [name, happen] : events) {
    SCOPED_TRACE(name);
    Desk desk;
    desk.busy().in(64);
    desk.in(8, kInterruptIn);
    desk.set_halt(kBulkOut);
    Lines lines = happen(desk);
    const Lines expected{"2: cancelled", "3: cancelled", "abort transmit"};
    EXPECT_TRUE(std::ranges::equal(
        lines | std::views::drop(name == "reset" ? 0 : 1) | std::views::take(3), expected))
        << testing::PrintToString(lines);
    EXPECT_EQ(desk.respond("9000"), Lines{}) << "too late";
    if (name == "reset") desk.configure(1);
    EXPECT_EQ(desk.notification(), "5003") << "told again";
    const std::string state = name == "interface" ? "00" : "01";
    desk.out(command(CommandType::GetSlotStatus, 8));
    EXPECT_EQ(desk.in(64), Lines{"5: SlotStatus 8 " + state + " 00 00"});
  }
}

TEST(UsbDevice, DropsWhatWasBegunWhenItStartsAnew) {
  Desk desk;
  desk.busy().respond(Data(64));
  desk.in(32);
  desk.out(protocol::Bytes(xfr_block(7, counting(250))).first(64));
  desk.control(setup(0x01, 11, 0, 0, 0));
  EXPECT_EQ(desk.in(64), Lines{}) << "no answer is left";
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"5: took 10", "4: SlotStatus 8 00 00 00"}));
}

TEST(UsbDevice, KeepsFramingOverAHalt) {
  Desk whole;
  whole.busy().respond("9000");
  whole.set_halt(kBulkIn);
  EXPECT_EQ(whole.in(64), Lines{"2: stall"});
  whole.clear_halt(kBulkIn);
  EXPECT_EQ(whole.in(64), Lines{"3: DataBlock 201 00 00 00 9000"});

  Desk begun;
  begun.busy().respond("9000");
  begun.in(5);
  begun.clear_halt(kBulkIn);
  EXPECT_EQ(begun.in(64), Lines{}) << "half an answer is none";
  EXPECT_EQ(begun.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"4: took 10", "3: SlotStatus 8 00 00 00"}));

  Desk pending;
  pending.busy().in(64);
  EXPECT_EQ(pending.set_halt(kBulkIn), (Lines{"success ", "2: stall"}));
  EXPECT_EQ(pending.respond("9000"), Lines{});
  pending.clear_halt(kBulkIn);
  EXPECT_EQ(pending.in(64), Lines{"3: DataBlock 201 00 00 00 9000"});

  Desk incomplete;
  incomplete.ready().out(protocol::Bytes(xfr_block(7, counting(250))).first(64));
  incomplete.clear_halt(kBulkOut);
  incomplete.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(incomplete.in(64), Lines{"3: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, AnswersTheStandardRequests) {
  Desk desk;
  EXPECT_EQ(desk.control(setup(0x80, 6, 0x0100, 0, 8)), Lines{"success 1201000200000040"});
  EXPECT_EQ(desk.control(setup(0x80, 6, 0x0200, 0, 9)), Lines{"success 09025d000101008032"});
  EXPECT_EQ(desk.control(setup(0x80, 6, 0x0200, 0, 255)).at(0).size(), 8 + 2 * 93U);
  EXPECT_EQ(desk.control(setup(0x80, 6, 0x0300, 0, 255)), Lines{"success 04030904"});
  EXPECT_EQ(desk.control(setup(0x80, 6, 0x0304, 0x0409, 255)),
            Lines{"success 0c0361006c00690063006500"});
  EXPECT_EQ(desk.control(setup(0x80, 6, 0x0600, 0, 10)), Lines{"stall "});
  EXPECT_EQ(desk.control(setup(0x80, 0, 0, 0, 2)), Lines{"success 0000"});
  EXPECT_EQ(desk.control(setup(0x82, 0, 0, 0x00, 2)), Lines{"success 0000"}) << "the control pipe";
  EXPECT_EQ(desk.configure(2), Lines{"stall "});
  desk.configure(1);
  EXPECT_EQ(desk.control(setup(0x81, 0, 0, 0, 2)), Lines{"success 0000"});
  EXPECT_EQ(desk.control(setup(0x81, 10, 0, 0, 1)), Lines{"success 00"});
  EXPECT_EQ(desk.control(setup(0x01, 11, 1, 0, 0)), Lines{"stall "}) << "no alternate setting";
  EXPECT_EQ(desk.control(setup(0x01, 11, 0, 1, 0)), Lines{"stall "}) << "no second interface";
}

TEST(UsbDevice, StallsWhatItDoesNotSupport) {
  Desk desk;
  desk.ready();
  const std::vector<usb::Setup> unsupported{
      setup(0x00, 1, 1, 0, 0),        // CLEAR_FEATURE remote wakeup
      setup(0x00, 3, 1, 0, 0),        // SET_FEATURE remote wakeup
      setup(0x00, 5, 7, 0, 0),        // SET_ADDRESS: the carrier's
      setup(0x00, 7, 0x0100, 0, 18),  // SET_DESCRIPTOR
      setup(0x01, 3, 0, 0, 0),        // SET_FEATURE interface
      setup(0x81, 6, 0x2100, 0, 54),  // GET_DESCRIPTOR interface
      setup(0x82, 12, 0, 0x81, 2),    // SYNCH_FRAME
      setup(0x02, 3, 1, 0x81, 0),     // SET_FEATURE endpoint, not a halt
      setup(0x02, 3, 0, 0x83, 0),     // no such endpoint
      setup(0x02, 3, 0, 0, 0),        // the control pipe
      setup(0x02, 9, 0, 0x81, 0),     // no such request
      setup(0xa1, 2, 0, 0, 4),        // GET_CLOCK_FREQUENCIES: bNumClockSupported is 0
      setup(0xa1, 3, 0, 0, 4),        // GET_DATA_RATES: bNumDataRatesSupported is 0
      setup(0x21, 2, 0, 0, 0),        // no such class request
      setup(0x21, 1, 0x0901, 0, 0),   // ABORT in slot 1
      setup(0x21, 1, 0x0900, 1, 0),   // ABORT in interface 1
      setup(0xc0, 1, 0, 0, 64),       // vendor
      setup(0xff, 0xff, 0xffff, 0xffff, 0xffff),
  };
  for (const usb::Setup& request : unsupported) {
    EXPECT_EQ(desk.control(request), Lines{"stall "})
        << int{request.request_type} << " " << int{request.request};
  }
  desk.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(desk.in(64), Lines{"2: SlotStatus 8 00 00 00"}) << "and goes on";
}

TEST(UsbDevice, TellsWhenTheCardsOwnerIsGone) {
  Desk desk;
  desk.busy().in(64);
  desk.in(8, kInterruptIn);
  EXPECT_EQ(desk.fail(protocol::Errc::LinkLost), Lines{"2: DataBlock 201 42 fe 00"});
  EXPECT_EQ(desk.remove(), Lines{"3: 5002"});
}

// Every endpoint with requests, then each of them cancelled in turn, in a slot of each state.
TEST(UsbDevice, SurvivesACancelOfEverything) {
  for (const bool busy : {false, true}) {
    Desk desk;
    busy ? desk.busy() : desk.ready();
    std::vector<std::uint64_t> ids;
    for (std::uint64_t i = 0; i < 10; ++i) {
      desk.in(64, i % 2 == 0 ? kBulkIn : kInterruptIn);
      ids.push_back(i + (busy ? 2 : 1));
    }
    for (const std::uint64_t id : ids) EXPECT_EQ(desk.cancel(id).size(), 1U + (busy && id == 10));
    for (const std::uint64_t id : ids) EXPECT_EQ(desk.cancel(id), Lines{});
    EXPECT_EQ(desk.pending(), 0U);
    desk.out(command(CommandType::GetSlotStatus, 8));
    EXPECT_EQ(desk.in(64).at(0).substr(4), "SlotStatus 8 00 00 00");
  }
}

}  // namespace
}  // namespace vscard::usb
