// A reader between a client and a guest that are both in memory: what goes from one to the other,
// and what each sees when the other has gone.

#include "ccid-passthru/usb_reader.hpp"

#include "async/spawn.hpp"
#include "tests/ccid-passthru/fake_carrier.hpp"
#include "tests/ccid-passthru/fake_client.hpp"

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
using testing::Contains;
using testing::ElementsAre;
using Lines = std::vector<std::string>;

constexpr const char* kAtr = "3b00";
constexpr const char* kSelect = "00a40400";
constexpr const char* kRead = "00b00000";

UsbReaderOptions reader_options() {
  return {.identity = {.id = {}, .serial = "0123456789ab", .name = "alice"},
          .limits = {},
          .vsc = {.link = {.endpoint = {.mode = chardev::Endpoint::Mode::Listen, .address = {}}},
                  .transport = &fakes::kMemory}};
}

class UsbReaderTest : public testing::Test {
 protected:
  UsbReaderTest() {
    EXPECT_TRUE(reader_.open());
    async::spawn(io_.get_executor(), reader_.run(), [this](Result<> ended) { ended_ = ended; });
    settle();
  }
  ~UsbReaderTest() override {
    reader_.leave();
    settle();
    EXPECT_TRUE(ended_);
  }

  /// Until nothing more happens by itself.
  void settle() {
    io_.restart();
    io_.poll();
  }
  void send(FakeClient& client, const protocol::vsc::Message& message) {
    client.send(message);
    settle();
  }
  void send(CommandType type, std::uint8_t seq, std::string_view data = "") {
    carrier_->send(type, seq, data);
    settle();
  }

  FakeClient attach() {
    FakeClient client(io_.get_executor());
    client.send(init());
    client.send(reader_add("soft"));
    send(client, atr(kAtr));
    EXPECT_EQ(client.received(), (Lines{"Init x", "Error 0 0", "Error 0 0"}));
    return client;
  }
  void hang_up(FakeClient& client) {
    client.hang_up();
    settle();
  }
  /// A guest that has powered the card; what it saw before is forgotten.
  void power_on() {
    carrier_->come();
    send(CommandType::IccPowerOn, 1);
    EXPECT_EQ(carrier_->seen(), (Lines{"slot 5003", "DataBlock 1 00 00 00 3b00"}));
  }

  asio::io_context io_;
  FakeCarrier* carrier_ = nullptr;
  program::Watchers watchers_;
  UsbReader reader_{io_.get_executor(), reader_options(), watchers_, [this](CarriedDevice carried) {
                      auto carrier = std::make_unique<FakeCarrier>(std::move(carried));
                      carrier_ = carrier.get();
                      return carrier;
                    }};
  std::optional<Result<>> ended_;
};

TEST_F(UsbReaderTest, ShowsTheClientsCardToTheGuest) {
  carrier_->come();
  send(CommandType::GetSlotStatus, 1);
  EXPECT_EQ(carrier_->seen(), (Lines{"slot 5002", "SlotStatus 1 02 00 00"}));
  FakeClient client = attach();
  EXPECT_EQ(carrier_->seen(), Lines{"slot 5003"});
  send(client, card_remove());
  EXPECT_EQ(carrier_->seen(), Lines{"slot 5002"});
}

TEST_F(UsbReaderTest, CarriesACommandAndItsAnswer) {
  FakeClient client = attach();
  power_on();
  send(CommandType::XfrBlock, 2, kSelect);
  EXPECT_EQ(client.received(), Lines{"APDU 0 00a40400"});
  EXPECT_EQ(carrier_->seen(), Lines{});
  send(client, apdu("6a82"));
  EXPECT_EQ(carrier_->seen(), Lines{"DataBlock 2 00 00 00 6a82"});
}

TEST_F(UsbReaderTest, TellsWhoIsThere) {
  UsbReader::Status status = reader_.status();
  EXPECT_EQ(status.reader, "alice");
  EXPECT_EQ(status.serial, "0123456789ab");
  EXPECT_FALSE(status.card);
  EXPECT_EQ(status.client.address, "memory");
  EXPECT_EQ(status.client.remote, std::nullopt);
  EXPECT_EQ(status.guest.address, "fake:guest");
  EXPECT_EQ(status.guest.remote, std::nullopt);
  const FakeClient client = attach();
  carrier_->come();
  status = reader_.status();
  EXPECT_TRUE(status.card);
  EXPECT_EQ(status.client.remote, "pipe:1");
  EXPECT_EQ(status.guest.remote, "the fake guest");
}

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

TEST_F(UsbReaderTest, KeepsALateAnswerFromTheCommandAfterAnAbort) {
  FakeClient client = attach();
  power_on();
  send(CommandType::XfrBlock, 2, kSelect);
  EXPECT_EQ(client.received(), Lines{"APDU 0 00a40400"});
  carrier_->cancel();
  send(CommandType::XfrBlock, 3, kRead);
  EXPECT_EQ(client.received(), Lines{}) << "the first answer is still to come";
  send(client, apdu("9001"));
  EXPECT_EQ(client.received(), Lines{"APDU 0 00b00000"});
  EXPECT_EQ(carrier_->seen(), Lines{});
  send(client, apdu("9002"));
  EXPECT_EQ(carrier_->seen(), Lines{"DataBlock 3 00 00 00 9002"});
}

TEST_F(UsbReaderTest, FailsACommandWhoseClientGoes) {
  FakeClient client = attach();
  power_on();
  send(CommandType::XfrBlock, 2, kSelect);
  hang_up(client);
  EXPECT_EQ(carrier_->seen(), (Lines{"DataBlock 2 42 fe 00", "slot 5002"}));
  EXPECT_FALSE(reader_.status().card);
  send(CommandType::XfrBlock, 3, kRead);
  EXPECT_EQ(carrier_->seen(), Lines{"DataBlock 3 42 fe 00"});
}

TEST_F(UsbReaderTest, FailsACommandWhoseCardIsRemoved) {
  FakeClient client = attach();
  power_on();
  send(CommandType::XfrBlock, 2, kSelect);
  send(client, card_remove());
  EXPECT_EQ(carrier_->seen(), (Lines{"DataBlock 2 42 fe 00", "slot 5002"}));
  EXPECT_EQ(client.received(), (Lines{"APDU 0 00a40400", "Error 0 0"}));
  send(client, apdu("9000"));  // to nobody
  EXPECT_EQ(carrier_->seen(), Lines{});
}

TEST_F(UsbReaderTest, KeepsAnAnswerFromTheNextGuest) {
  FakeClient client = attach();
  power_on();
  send(CommandType::XfrBlock, 2, kSelect);
  carrier_->go();
  carrier_->come();
  send(CommandType::XfrBlock, 3, kRead);
  EXPECT_EQ(carrier_->seen(), (Lines{"slot 5003", "DataBlock 3 41 fe 00"})) << "to be powered anew";
  send(CommandType::IccPowerOn, 4);
  send(CommandType::XfrBlock, 5, kRead);
  EXPECT_EQ(client.received(), Lines{"APDU 0 00a40400"}) << "and not the next one before";
  send(client, apdu("9001"));
  EXPECT_EQ(client.received(), Lines{"APDU 0 00b00000"});
  send(client, apdu("9002"));
  EXPECT_EQ(carrier_->seen(), (Lines{"DataBlock 4 00 00 00 3b00", "DataBlock 5 00 00 00 9002"}));
}

TEST_F(UsbReaderTest, KeepsTheCardWithoutAGuest) {
  const FakeClient client = attach();
  power_on();
  carrier_->go();
  EXPECT_TRUE(reader_.status().card);
  EXPECT_FALSE(client.cut());
  power_on();
}

// The device's deadline: the slot is shown empty between two cards.
TEST_F(UsbReaderTest, KeepsTheDevicesDeadlines) {
  FakeClient client = attach();
  carrier_->come();
  send(client, atr("3b0177"));
  // A slow machine may show the second card before the first look.
  Lines seen = carrier_->seen();
  while (seen.size() < 3 && io_.run_one_for(std::chrono::seconds(20)) > 0) {
    for (const std::string& line : carrier_->seen()) seen.push_back(line);
  }
  EXPECT_EQ(seen, (Lines{"slot 5003", "slot 5002", "slot 5003"}));
}

TEST_F(UsbReaderTest, LeavesBothSides) {
  const FakeClient client = attach();
  power_on();
  reader_.leave();
  settle();
  EXPECT_TRUE(client.cut());
  EXPECT_EQ(carrier_->left, 1);
  ASSERT_TRUE(ended_);
  EXPECT_TRUE(*ended_);
}

TEST_F(UsbReaderTest, EndsWithACarrierThatHasNoHope) {
  const FakeClient client = attach();
  carrier_->fail("unix:/run/usb: the peer does not speak usbredir");
  settle();
  EXPECT_TRUE(client.cut()) << "one side is of no use without the other";
  ASSERT_TRUE(ended_);
  EXPECT_EQ(ended_->error().text, "unix:/run/usb: the peer does not speak usbredir");
}

TEST(UsbReader, DoesNotOpenWithoutItsCarrier) {
  asio::io_context io;
  program::Watchers watchers;
  UsbReader reader(io.get_executor(), reader_options(), watchers, [](CarriedDevice carried) {
    auto carrier = std::make_unique<FakeCarrier>(std::move(carried));
    carrier->opening = std::unexpected(Failure("cannot listen"));
    return carrier;
  });
  const auto opened = reader.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text, "cannot listen");
}

}  // namespace
}  // namespace vscard::ccid_passthru
