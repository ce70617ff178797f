// The readers of one line: a client's further cards have readers beside the first one.

#include "async/spawn.hpp"
#include "ccid-passthru/usb_reader.hpp"
#include "tests/ccid-passthru/fake_carrier.hpp"
#include "tests/ccid-passthru/fake_client.hpp"
#include "tests/ccid-passthru/reader_options.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

using ccid::CommandType;
using protocol::vsc::test::apdu;
using protocol::vsc::test::atr;
using protocol::vsc::test::card_remove;
using protocol::vsc::test::init;
using protocol::vsc::test::reader_add;
using protocol::vsc::test::reader_remove;
using test::FakeCarrier;
using test::FakeClient;
using test::reader_options;
using testing::Contains;
using testing::ElementsAre;
using Lines = std::vector<std::string>;

constexpr const char* kAtr = "3b00";
constexpr const char* kSelect = "00a40400";
constexpr const char* kRead = "00b00000";

/// Two readers of one line, and a client that has room for both.
class UsbReadersTest : public testing::Test {
 protected:
  UsbReadersTest() {
    EXPECT_TRUE(first_.open());
    async::spawn(io_.get_executor(), first_.run(), [this](Result<>) { ++ended_; });
    settle();
    come();
  }
  ~UsbReadersTest() override {
    first_.leave();
    settle();
    EXPECT_EQ(ended_, 2) << "the second one goes with the first";
  }
  void settle() {
    io_.restart();
    io_.poll();
  }
  void send(const protocol::vsc::Message& message) {
    client_->send(message);
    settle();
  }
  /// A client with two readers, and a card in the second one.
  void come() {
    client_ = std::make_unique<FakeClient>(io_.get_executor());
    send(init(protocol::vsc::kExtension));
    send(protocol::vsc::test::ext_hello(
        protocol::vsc::kMaxPayload, protocol::vsc::kPowerFeature | protocol::vsc::kCancelFeature |
                                        protocol::vsc::kReaderUseFeature));
    send(reader_add("a"));
    send(reader_add("b"));
    send(atr(kAtr, kSecond));
  }
  MakeCarrier carrier_at(std::size_t place) {
    return [this, place](CarriedDevice carried) {
      auto carrier = std::make_unique<FakeCarrier>(std::move(carried));
      carriers_.at(place) = carrier.get();
      return carrier;
    };
  }
  /// The guest powers the card and sends it a command, with 2.
  void ask(std::size_t place, const char* command) {
    carriers_.at(place)->come();
    carriers_.at(place)->send(CommandType::IccPowerOn, 1);
    carriers_.at(place)->send(CommandType::XfrBlock, 2, command);
    settle();
  }
  LineReader* make_second(protocol::vsc::ReaderId number) {
    EXPECT_EQ(number, kSecond);
    if (!can_make_) return nullptr;
    ++made_;
    second_.emplace(reader_options(), watchers_, carrier_at(1), first_, number);
    EXPECT_TRUE(second_->open());
    async::spawn(io_.get_executor(), second_->run(), [this](Result<>) { ++ended_; });
    return &second_->on_line();
  }
  static UsbReaderOptions with_room() {
    UsbReaderOptions options = reader_options();
    options.vsc.max_readers = 2;
    options.vsc.grace = {};
    return options;
  }

  static constexpr protocol::vsc::ReaderId kSecond{1};
  asio::io_context io_;
  program::Watchers watchers_;
  std::array<FakeCarrier*, 2> carriers_{};
  std::optional<UsbReader> second_;
  UsbReader first_{io_.get_executor(), with_room(), watchers_, carrier_at(0),
                   [this](protocol::vsc::ReaderId number) { return make_second(number); }};
  std::unique_ptr<FakeClient> client_;
  int made_ = 0;
  bool can_make_ = true;
  int ended_ = 0;
};

TEST_F(UsbReadersTest, AreOneForEachCardOfAClient) {
  ASSERT_TRUE(second_);
  EXPECT_TRUE(second_->status().card);
  EXPECT_FALSE(first_.status().card);
  EXPECT_EQ(second_->status().client.remote, first_.status().client.remote);
  ask(1, kSelect);
  EXPECT_EQ(client_->received().back(), "APDU 1 00a40400");
  send(atr(kAtr));
  send(apdu("9001", kSecond));
  EXPECT_EQ(carriers_[1]->seen().back(), "DataBlock 2 00 00 00 9001");
  send(card_remove(kSecond));
  EXPECT_TRUE(first_.status().card);
  EXPECT_FALSE(second_->status().card);
}

TEST_F(UsbReadersTest, StayForTheNextClient) {
  client_->hang_up();
  settle();
  EXPECT_FALSE(second_->status().card);
  EXPECT_EQ(ended_, 0);
  come();
  EXPECT_TRUE(second_->status().card);
}

TEST_F(UsbReadersTest, LeaveOneByOne) {
  second_->leave();
  settle();
  EXPECT_EQ(ended_, 1);
  send(card_remove(kSecond));
  send(atr(kAtr));
  EXPECT_TRUE(first_.status().card);
  EXPECT_EQ(client_->received().back(), "Error 0 0");
}

TEST_F(UsbReadersTest, ComeBackForACardThatStayed) {
  ask(1, kSelect);
  client_->received();
  second_->leave();
  settle();
  EXPECT_EQ(client_->received(), (Lines{"Cancel 1", "Power 1 0", "ReaderUse 1 1"}));
  EXPECT_THAT(first_.status().without, ElementsAre("alice-2"));
  EXPECT_THAT(first_.report().missing,
              Contains("a reader for a further card: ccid-passthru ctl add alice-2"));
  send(protocol::vsc::test::error(1, kSecond));  // to what was cancelled
  EXPECT_FALSE(first_.offer("alice-3"));
  EXPECT_TRUE(first_.offer("alice-2"));
  settle();
  EXPECT_EQ(client_->received(), Lines{"ReaderUse 1 0"});
  EXPECT_THAT(first_.status().without, ElementsAre());
  EXPECT_TRUE(second_->status().card);
  ask(1, kRead);
  send(apdu("9002", kSecond));
  EXPECT_EQ(carriers_[1]->seen().back(), "DataBlock 2 00 00 00 9002");
  EXPECT_EQ(std::exchange(ended_, 0), 1) << "the one that was taken away";
}

TEST_F(UsbReadersTest, AreRefusedOneByOne) {
  client_->hang_up();
  settle();
  second_->leave();
  settle();
  can_make_ = false;
  come();
  EXPECT_EQ(client_->received(),
            (Lines{"Init x extension", "ExtHello x 1 65544 ahead ping working readers 2",
                   "Error 0 0", "Error 1 0", "ReaderUse 1 2", "Error 1 0"}))
      << "the number first";
  EXPECT_EQ(first_.without(),
            (std::map<std::string, protocol::vsc::Use>{{"alice-2", protocol::vsc::Use::NoPlace}}));
  can_make_ = true;
  EXPECT_TRUE(first_.offer("alice-2"));
  EXPECT_TRUE(second_->status().card);
  EXPECT_EQ(std::exchange(ended_, 0), 1) << "the one of the client before";
}

TEST_F(UsbReadersTest, AreNoMoreThanThereIsRoomFor) {
  for (int i = 0; i < 1000; ++i) send(reader_add("more"));
  EXPECT_EQ(made_, 1);
  EXPECT_EQ(client_->received().back(), "Error x 2");
}

TEST_F(UsbReadersTest, StayWhenTheyAreRemovedAndAddedWhileACardWorks) {
  ask(1, kSelect);
  for (int i = 0; i < 100; ++i) {
    send(reader_remove(kSecond));
    send(reader_add("b"));
  }
  EXPECT_EQ(carriers_[1]->seen(),
            (Lines{"slot 5003", "DataBlock 1 00 00 00 3b00", "DataBlock 2 42 fe 00", "slot 5002"}));
  send(apdu("9001", kSecond));
  EXPECT_EQ(carriers_[1]->seen(), Lines{}) << "nobody waits for it";
  send(atr(kAtr, kSecond));
  EXPECT_TRUE(second_->status().card);
  EXPECT_EQ(made_, 1);
}

TEST_F(UsbReadersTest, LeaveWhileTheirCardsWork) {
  send(atr(kAtr));
  ask(0, kSelect);
  ask(1, kRead);
  second_->leave();
  settle();
  send(apdu("9002", kSecond));
  send(apdu("9001"));
  EXPECT_EQ(carriers_[0]->seen().back(), "DataBlock 2 00 00 00 9001");
  EXPECT_EQ(ended_, 1);
  ask(0, kRead);  // and the first one leaves
}

}  // namespace
}  // namespace vscard::ccid_passthru
