// A reader between a client and a guest that are both in memory: what goes from one to the other,
// and what each sees when the other has gone.

#include "ccid-passthru/usb_reader.hpp"

#include "async/spawn.hpp"
#include "tests/ccid-passthru/fake_carrier.hpp"
#include "tests/ccid-passthru/fake_client.hpp"
#include "tests/ccid-passthru/reader_options.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
using test::FakeCarrier;
using test::FakeClient;
using test::reader_options;
using Lines = std::vector<std::string>;

constexpr const char* kAtr = "3b00";
constexpr const char* kSelect = "00a40400";
constexpr const char* kRead = "00b00000";

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
