#include "pcsc-bridge/pcsc/resource_manager.hpp"

#include "pcsc-bridge/pcsc/codec.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

constexpr ReaderId kReader{1};
constexpr auto kViolation = static_cast<std::uint32_t>(Code::SharingViolation);

/// A service with one reader, and programs that are told apart by a number.
class Service {
 public:
  Service() : manager_([this] { return ++last_number_; }) {
    look(manager_.add_reader(kReader, "r 00 00", "serial", now_));
  }

  /// A program with a context; `minor` is its version.
  void program(std::uint64_t number, std::uint32_t minor = 6) {
    manager_.connect(ConnectionId{number});
    ask(number, Command::Version, Version{4, minor, {}});
    ask(number, Command::Establish, Establish{2, {}, {}});
    contexts_[number] = ContextId{last_number_};
  }
  /// … and a handle.
  HandleId connected(std::uint64_t number) {
    program(number);
    return connect(number);
  }
  HandleId connect(std::uint64_t number) {
    Connect call{contexts_[number], {}, Share::Shared, kT0 | kT1, {}, 0, {}};
    std::ranges::copy(std::string("r 00 00"), call.reader.bytes.begin());
    ask(number, Command::Connect, call);
    return HandleId{last_number_};
  }
  /// What is done then, a line for each: "1: 8 bytes, rv 0".
  Lines ask(std::uint64_t number, Command command, const Call& call, std::size_t data = 0) {
    return look(manager_.receive(ConnectionId{number}, request(command, call, data), now_));
  }
  Lines flood(std::uint64_t number, std::size_t requests) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < requests; ++i) {
      const auto one = request(Command::ReaderStates, ReaderStates{}, 0);
      bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return look(manager_.receive(ConnectionId{number}, bytes, now_));
  }
  Lines transmit(std::uint64_t number, HandleId card) {
    return ask(number, Command::Transmit, pcsc::Transmit{card, kT1, 16, 4, 3, 16, 258, {}}, 4);
  }
  Lines begin(std::uint64_t number, HandleId card) {
    return ask(number, Command::Begin, Begin{card, {}});
  }
  Lines end(std::uint64_t number, HandleId card) {
    return ask(number, Command::End, End{card, Disposition::Leave, {}});
  }
  Lines hang_up(std::uint64_t number) {
    return look(manager_.disconnect(ConnectionId{number}, now_));
  }
  Lines insert() {
    const std::array<std::uint8_t, 4> atr{0x3b, 0x80, 0x01, 0x81};
    return look(manager_.insert(kReader, Atr::parse(atr).value(), 270, now_));
  }
  Lines remove() { return look(manager_.remove(kReader, now_)); }
  Lines remove_reader() { return look(manager_.remove_reader(kReader, now_)); }
  Lines respond() {
    return look(manager_.respond(kReader, SecretBytes::copy_of(fakes::from_hex("9000")), now_));
  }
  Lines wait(protocol::Duration time) {
    now_ += time;
    return look(manager_.expire(now_));
  }
  ContextId context(std::uint64_t number) { return contexts_[number]; }
  bool settled() const { return manager_.settled(); }

 private:
  static std::vector<std::uint8_t> request(Command command, const Call& call, std::size_t data) {
    const auto body = encode(call);
    const std::array<std::uint32_t, 2> words{static_cast<std::uint32_t>(body.size()),
                                             static_cast<std::uint32_t>(command)};
    const auto head = std::bit_cast<std::array<std::uint8_t, kHeaderSize>>(words);
    std::vector<std::uint8_t> bytes(head.begin(), head.end());
    bytes.insert(bytes.end(), body.view().begin(), body.view().end());
    bytes.resize(bytes.size() + data);
    return bytes;
  }
  static std::string text_of(const ResourceManager::Send& send) {
    const Bytes bytes = send.bytes.view();
    std::string text = std::to_string(static_cast<std::uint64_t>(send.to)) + ": " +
                       std::to_string(bytes.size()) + " bytes";
    if (bytes.size() == 8) text += " " + fakes::to_hex(bytes);
    return text;
  }
  static Lines look(const ResourceManager::Actions& actions) {
    Lines lines;
    for (const auto& action : actions) {
      if (const auto* send = std::get_if<ResourceManager::Send>(&action)) {
        lines.push_back(text_of(*send));
      } else if (const auto* close = std::get_if<ResourceManager::Close>(&action)) {
        lines.push_back("close " + std::to_string(static_cast<std::uint64_t>(close->connection)));
      } else if (std::holds_alternative<ResourceManager::Transmit>(action)) {
        lines.emplace_back("transmit");
      } else if (std::holds_alternative<ResourceManager::Abort>(action)) {
        lines.emplace_back("abort");
      } else {
        lines.emplace_back("power");
      }
    }
    return lines;
  }

  std::uint32_t last_number_ = 0x100;
  ResourceManager manager_;
  Time now_{};
  std::map<std::uint64_t, ContextId> contexts_;
};

/// The answer to Begin.
std::string begun(std::uint64_t number, HandleId card, std::uint32_t rv = 0) {
  const auto bytes = encode(Begin{card, Code{rv}});
  return std::to_string(number) + ": 8 bytes " + fakes::to_hex(bytes.view());
}
std::string event(std::uint64_t number, std::uint32_t count, Code rv = Code::Success) {
  return std::to_string(number) + ": 8 bytes " + fakes::to_hex(encode(Event{count, rv}).view());
}

TEST(PcscService, TransactionsAreGivenInTheOrderInWhichTheyWereAskedFor) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  EXPECT_EQ(service.begin(1, a), Lines{begun(1, a)});
  EXPECT_EQ(service.begin(2, b), Lines{});
  EXPECT_EQ(service.begin(3, c), Lines{});
  EXPECT_EQ(service.end(1, a), (Lines{"1: 12 bytes", begun(2, b)}));
  EXPECT_EQ(service.end(2, b), (Lines{"2: 12 bytes", begun(3, c)}));
}

TEST(PcscService, WhoWaitedTooLongIsToldAndKeepsItsPlace) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  service.begin(1, a);
  service.begin(2, b);
  EXPECT_EQ(service.wait(milliseconds(499)), Lines{});
  EXPECT_EQ(service.wait(milliseconds(1)), Lines{begun(2, b, kViolation)});
  service.begin(3, c);
  EXPECT_EQ(service.begin(2, b), Lines{});  // libpcsclite asks again
  EXPECT_EQ(service.end(1, a), (Lines{"1: 12 bytes", begun(2, b)}));
}

TEST(PcscService, AProgramThatDiesInATransactionLetsTheNextOneKnow) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  service.begin(1, a);
  EXPECT_EQ(service.transmit(1, a), Lines{"transmit"});
  service.begin(2, b);
  const auto reset = static_cast<std::uint32_t>(Code::ResetCard);
  EXPECT_EQ(service.hang_up(1), (Lines{"abort", "power", begun(2, b, reset)}));
}

TEST(PcscService, ACommandWaitsForTheOneBeforeItAndIsAskedAgainWhetherItMay) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  EXPECT_EQ(service.transmit(1, a), Lines{"transmit"});
  EXPECT_EQ(service.transmit(2, b), Lines{});
  EXPECT_EQ(service.begin(3, c), Lines{begun(3, c)});
  EXPECT_EQ(service.respond(), (Lines{"1: 34 bytes", "2: 32 bytes"}));  // a violation
}

TEST(PcscService, AProgramDoesNotWaitForItself) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId again = service.connect(1);
  service.begin(1, a);
  EXPECT_EQ(service.begin(1, again), Lines{begun(1, again, kViolation)});
}

TEST(PcscService, HoldsAnEventUntilTheStatesWereSentTo46) {
  Service service;
  service.program(1, 6);
  EXPECT_EQ(service.ask(1, Command::Wait, Wait{}), Lines{});
  EXPECT_EQ(service.insert(), Lines{});
  EXPECT_EQ(service.ask(1, Command::StateCount, StateCount{}), Lines{"1: 4 bytes"});
  EXPECT_EQ(service.remove(), Lines{});
  EXPECT_EQ(service.ask(1, Command::StateArray, StateArray{}), Lines{"1: 2944 bytes"});
  EXPECT_EQ(service.insert(), Lines{event(1, 2)});
  EXPECT_EQ(service.ask(1, Command::StopWaiting, StopWaiting{}), Lines{});
}

TEST(PcscService, SendsAnEventAtOnceTo45WithTheCountOfReaderEvents) {
  Service service;
  service.program(1, 5);
  EXPECT_EQ(service.ask(1, Command::Wait, Wait{}), Lines{"1: 2944 bytes"});
  EXPECT_EQ(service.remove_reader(), Lines{event(1, 3)});
  EXPECT_EQ(service.ask(1, Command::ReaderEvents, ReaderEvents{}), Lines{event(1, 3)});
}

TEST(PcscService, ACancelComesAfterTheStates) {
  Service service;
  service.program(1, 6);
  service.program(2, 6);
  service.ask(1, Command::Wait, Wait{});
  EXPECT_EQ(service.ask(2, Command::Cancel, Cancel{service.context(1), {}}).size(), 1U);
  EXPECT_EQ(service.ask(1, Command::StateArray, StateArray{}),
            (Lines{"1: 2944 bytes", event(1, 2, Code::Cancelled)}));
  EXPECT_EQ(service.ask(1, Command::StopWaiting, StopWaiting{}), Lines{});
}

TEST(PcscService, IsSettledWhenWhoWasToldHasLooked) {
  Service service;
  service.program(1, 5);
  service.ask(1, Command::Wait, Wait{});
  EXPECT_TRUE(service.settled());
  service.insert();
  EXPECT_FALSE(service.settled());
  service.ask(1, Command::Wait, Wait{});
  EXPECT_TRUE(service.settled());
}

TEST(PcscService, ASilentReaderHoldsNobodyUpButThoseWhoUseIt) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  service.transmit(1, a);
  EXPECT_EQ(service.ask(2, Command::ReaderStates, ReaderStates{}), Lines{"2: 2944 bytes"});
  EXPECT_EQ(service.ask(2, Command::Status, Status{b, {}}).size(), 1U);
  service.program(3);
}

TEST(PcscService, AReaderThatGoesLeavesNobodyWaiting) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  service.begin(1, a);
  service.transmit(1, a);
  service.begin(2, b);
  const auto invalid = static_cast<std::uint32_t>(Code::InvalidValue);
  EXPECT_EQ(service.remove_reader(), (Lines{"1: 32 bytes", begun(2, b, invalid)}));
  EXPECT_EQ(service.begin(3, c), Lines{begun(3, c, invalid)});
  EXPECT_EQ(service.ask(3, Command::Disconnect, Disconnect{c, Disposition::Leave, {}}),
            Lines{"3: 12 bytes"});
}

TEST(PcscService, AHandleOfAnotherConnectionClosesThisOne) {
  Service service;
  service.insert();
  const HandleId a = service.connected(1);
  service.program(2);
  EXPECT_EQ(service.ask(2, Command::Status, Status{a, {}}), Lines{"close 2"});
  EXPECT_EQ(service.ask(1, Command::Status, Status{a, {}}).size(), 1U);
}

TEST(PcscService, WhatAProgramMaySendAheadIsBounded) {
  Service service;
  service.insert();
  service.program(1);
  EXPECT_EQ(service.flood(1, 20).size(), 20U);
  EXPECT_EQ(service.flood(1, 400).back(), "close 1");

  const HandleId b = service.connected(2);
  service.transmit(2, b);
  Lines last;
  for (int i = 0; i < 100 && last.empty(); ++i) last = service.flood(2, 500);
  EXPECT_EQ(last, Lines{"close 2"});
}

TEST(PcscService, AnIdleCardIsPoweredDown) {
  Service service;
  service.insert();
  EXPECT_EQ(service.wait(kIdleTime - milliseconds(1)), Lines{});
  EXPECT_EQ(service.wait(milliseconds(1)), Lines{"power"});
  EXPECT_EQ(service.wait(seconds(60)), Lines{});
}

}  // namespace
}  // namespace vscard::pcsc_bridge::pcsc
