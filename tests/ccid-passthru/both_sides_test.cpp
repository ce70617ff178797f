// A reader's two sides, each of which comes and goes without the other: a guest that uses the card,
// and the client.

#include "ccid-passthru/usb/descriptors.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/raw_packets.hpp"
#include "tests/fakes/scripted_client.hpp"
#include "tests/fakes/socket_guest.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

namespace vscard::ccid_passthru {
namespace {

using ccid::CommandType;
using fakes::command;
using fakes::ScriptedClient;
using fakes::SocketGuest;

constexpr const char* kFirst = "00a40400";
constexpr const char* kSecond = "00b00000";

class BothSides : public testing::Test {
 protected:
  BothSides() { program_.wait_for("listening on unix:" + usbredir()); }

  std::string vsc() const { return folder_.path() / "vsc"; }
  std::string usbredir() const { return folder_.path() / "usbredir"; }
  test::Child& program() { return program_; }

  /// Sends an XfrBlock and a read for its answer, which has the id 1.
  static void begin_transfer(SocketGuest& guest, std::uint8_t seq, std::string_view apdu) {
    using namespace fakes::raw_packets;
    guest.exchange(bulk_out(2, usb::kBulkOut, command(CommandType::XfrBlock, seq, apdu)) +
                   bulk(1, usb::kBulkIn, 64));
  }
  static std::string answer(SocketGuest& guest) {
    const std::string line = guest.wait_for("bulk id 1 ");
    return line.substr(line.rfind(' ') + 1);
  }

 private:
  test::TempFolder folder_;
  test::Child program_{{CCID_PASSTHRU_PROGRAM, "--vsc", "listen:unix:" + vsc(), "--usbredir",
                        "listen:unix:" + usbredir()}};
};

TEST_F(BothSides, AClientComesAndGoesWhileAGuestStays) {
  SocketGuest guest(usbredir());
  EXPECT_EQ(guest.command(command(CommandType::GetSlotStatus, 1)), "SlotStatus 1 02 00 00");
  guest.socket().send(fakes::raw_packets::start_interrupts(usb::kInterruptIn));
  guest.wait_for("interrupt ep 82 status 0 5002");
  for (int i = 0; i < 3; ++i) {
    {
      const ScriptedClient client(vsc());
      guest.wait_for("interrupt ep 82 status 0 5003");
      guest.power_on();
      begin_transfer(guest, 3, kFirst);
      EXPECT_EQ(client.command(4), kFirst);
      client.respond("9000");
      EXPECT_EQ(answer(guest), "800200000000030000009000");
      begin_transfer(guest, 4, kSecond);
      EXPECT_EQ(client.command(4), kSecond);
    }
    EXPECT_EQ(answer(guest), "8000000000000442fe00") << "no card any more";
    guest.wait_for("interrupt ep 82 status 0 5002");
  }
}

TEST_F(BothSides, AGuestIsShownEverySwapOfAClientThatWaitsForTheAnswers) {
  SocketGuest guest(usbredir());
  guest.socket().send(fakes::raw_packets::start_interrupts(usb::kInterruptIn));
  guest.wait_for("interrupt ep 82 status 0 5002");
  const ScriptedClient client(vsc());
  for (int i = 0; i < 50; ++i) {
    client.remove_card();
    client.insert_card();
  }
  for (int i = 0; i < 50; ++i) {
    guest.wait_for("interrupt ep 82 status 0 5003");
    guest.wait_for("interrupt ep 82 status 0 5002");
  }
  guest.wait_for("interrupt ep 82 status 0 5003");
}

TEST_F(BothSides, GuestsComeAndGoWhileAClientStays) {
  const ScriptedClient client(vsc());
  program().wait_for("card inserted");
  for (int i = 0; i < 3; ++i) {
    SocketGuest guest(usbredir());
    EXPECT_EQ(guest.command(command(CommandType::GetSlotStatus, 1)), "SlotStatus 1 01 00 00")
        << "to be powered anew";
    guest.power_on();
    begin_transfer(guest, 2, kFirst);
    EXPECT_EQ(client.command(4), kFirst);
    client.respond("9000");
    EXPECT_EQ(answer(guest), "800200000000020000009000");
  }
}

TEST_F(BothSides, AnAnswerForAGuestThatHasGoneIsNotGivenToTheNext) {
  const ScriptedClient client(vsc());
  program().wait_for("card inserted");
  {
    SocketGuest guest(usbredir());
    guest.power_on();
    begin_transfer(guest, 2, kFirst);
    EXPECT_EQ(client.command(4), kFirst);
  }
  SocketGuest guest(usbredir());
  guest.power_on();
  begin_transfer(guest, 3, kSecond);
  client.respond("6f00");  // to the first guest's
  EXPECT_EQ(client.command(4), kSecond) << "and not before";
  client.respond("9000");
  EXPECT_EQ(answer(guest), "800200000000030000009000");
}

TEST_F(BothSides, BothGoInTheMiddleOfACommandAndComeAgain) {
  for (int i = 0; i < 3; ++i) {
    const ScriptedClient client(vsc());
    SocketGuest guest(usbredir());
    guest.socket().send(fakes::raw_packets::start_interrupts(usb::kInterruptIn));
    guest.wait_for("interrupt ep 82 status 0 5003");
    guest.power_on();
    begin_transfer(guest, 2, kFirst);
    EXPECT_EQ(client.command(4), kFirst);
  }
}

TEST_F(BothSides, ACardIsTakenOutDuringACommand) {
  SocketGuest guest(usbredir());
  const ScriptedClient client(vsc());
  program().wait_for("card inserted");
  guest.power_on();
  begin_transfer(guest, 2, kFirst);
  client.command(4);
  client.remove_card();
  EXPECT_EQ(answer(guest), "8000000000000242fe00");
  client.respond("9000");  // to nobody
  EXPECT_EQ(guest.command(command(CommandType::GetSlotStatus, 3)), "SlotStatus 3 02 00 00");
}

}  // namespace
}  // namespace vscard::ccid_passthru
