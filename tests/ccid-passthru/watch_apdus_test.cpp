// The commands that a guest sends, as `ccid-passthru ctl watch --apdus` shows them.

#include "ccid-passthru/usb/descriptors.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/raw_packets.hpp"
#include "tests/fakes/scripted_client.hpp"
#include "tests/fakes/socket_guest.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace vscard::ccid_passthru {
namespace {

using ccid::CommandType;
using fakes::command;
using fakes::SocketGuest;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kVerify = "002000000431323334";

TEST(WatchApdus, ShowsCommandsAndWhatBecameOfThem) {
  const test::TempFolder folder;
  const std::string vsc = folder.path() / "vsc";
  const std::string usbredir = folder.path() / "usbredir";
  const std::string control = "unix:" + (folder.path() / "control").string();
  test::Child reader({CCID_PASSTHRU_PROGRAM, "--vsc", "listen:unix:" + vsc, "--usbredir",
                      "listen:unix:" + usbredir, "--control", control});
  reader.wait_for("control at");
  test::Child changes({CCID_PASSTHRU_PROGRAM, "ctl", "--control", control, "watch"});
  test::Child apdus({CCID_PASSTHRU_PROGRAM, "ctl", "--control", control, "watch", "--apdus"});
  changes.wait_for("remote");
  SocketGuest guest(usbredir);
  {
    const fakes::ScriptedClient client(vsc);
    apdus.wait_for(R"("state":"inserted")");
    guest.power_on();
    const auto send = [&guest](std::uint8_t seq) {
      using namespace fakes::raw_packets;
      guest.exchange(bulk_out(2, usb::kBulkOut, command(CommandType::XfrBlock, seq, kVerify)) +
                     bulk(1, usb::kBulkIn, 64));
    };
    send(3);
    EXPECT_EQ(client.command(9), kVerify);
    EXPECT_THAT(apdus.wait_for("apdu"),
                HasSubstr(R"("reader":"reader","by":"unix:)" + usbredir +
                          R"(","command":"00 20 00 00, then 5 bytes not shown")"));
    client.respond("9000");
    EXPECT_THAT(apdus.wait_for("apdu"), HasSubstr(R"("response":"90 00, 0 bytes of data")"));
    guest.wait_for("bulk id 1 ");
    send(4);
    EXPECT_EQ(client.command(9), kVerify);
    apdus.wait_for("command");
  }
  EXPECT_THAT(apdus.wait_for("apdu"), HasSubstr(R"("response":null)")) << "the client has gone";
  reader.signal(SIGTERM);
  EXPECT_EQ(apdus.wait(), 0);
  EXPECT_EQ(changes.wait(), 0);
  EXPECT_THAT(changes.log(), Not(HasSubstr("apdu")));
  EXPECT_THAT(apdus.log(), Not(HasSubstr("31 32 33")));
}

}  // namespace
}  // namespace vscard::ccid_passthru
