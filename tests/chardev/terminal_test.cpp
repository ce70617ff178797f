// pty:LINK and serial:DEVICE, which are each other's peers; and what is no terminal.

#include "async/spawn.hpp"
#include "tests/chardev/fixture.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace vscard::chardev {
namespace {

class Terminals : public Sockets {
 protected:
  /// Both ends of the listener's terminal.
  std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> meet(Listener& listener,
                                                                   const std::string& link) {
    std::unique_ptr<Stream> ours;
    async::spawn(io_.get_executor(), listener.accept(),
                 [&ours](auto accepted) { ours = std::move(accepted.value()); });
    auto theirs = connect("serial:" + link);
    io_.restart();
    io_.run();
    return {std::move(ours), std::move(theirs.value())};
  }
  void send(Stream& stream, const std::string& hex) {
    EXPECT_FALSE(run(stream.write(fakes::from_hex(hex))));
  }
};

TEST_F(Terminals, CarryEveryByteAsItIs) {
  const auto listener = listen("pty:" + path("line")).value();
  EXPECT_EQ(listener->address(), "pty:" + path("line"));
  auto [ours, theirs] = meet(*listener, path("line"));
  // CR, NL, XOFF, XON, EOF, INTR, SUSP, ERASE, NUL, 0xff
  for (const std::string bytes : {"0d0a1311", "04031a7f", "00ff"}) {
    send(*ours, bytes);
    EXPECT_EQ(read(*theirs), bytes);
    send(*theirs, bytes);
    EXPECT_EQ(read(*ours), bytes);
  }
}

TEST_F(Terminals, SeeThatAPeerHangsUpAndThatTheNextOneComes) {
  const auto listener = listen("pty:" + path("line")).value();
  for (int round = 0; round < 3; ++round) {
    auto [ours, theirs] = meet(*listener, path("line"));
    send(*theirs, "01");
    EXPECT_EQ(read(*ours), "01") << "and nothing of the round before";
    send(*ours, "02");  // never read
    theirs->close();
    EXPECT_EQ(read(*ours), "End of file");
  }
}

TEST_F(Terminals, HangUpThemselves) {
  const auto listener = listen("pty:" + path("line")).value();
  auto [ours, theirs] = meet(*listener, path("line"));
  ours->close();
  EXPECT_EQ(read(*theirs), "End of file");
}

TEST_F(Terminals, RemoveTheirLinkAndLeaveOtherFilesAlone) {
  auto listener = listen("pty:" + path("line")).value();
  EXPECT_TRUE(std::filesystem::is_symlink(path("line")));
  listener->close();
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(path("line"))));
  std::ofstream(path("letter")) << "dear";
  EXPECT_EQ(listen("pty:" + path("letter")).error(),
            "there is a file that is not a link to a terminal");
  std::filesystem::create_symlink("/dev/pts/none", path("stale"));
  EXPECT_TRUE(listen("pty:" + path("stale")));
}

TEST_F(Terminals, StopWaiting) {
  auto listener = listen("pty:" + path("line")).value();
  std::optional<std::error_code> end;
  async::spawn(io_.get_executor(), listener->accept(),
               [&end](auto accepted) { end = accepted.error().reason; });
  io_.poll();
  listener->close();
  io_.restart();
  io_.run();
  EXPECT_EQ(end.value().message(), "Operation canceled");
}

TEST_F(Terminals, AreBoundedWhenTheyAreNotRead) {
  const auto listener = listen("pty:" + path("line")).value();
  auto [ours, theirs] = meet(*listener, path("line"));
  const std::vector<std::uint8_t> megabyte(1U << 20U, 0x55);
  // The system may pass on what it has taken, and then takes some more.
  std::size_t taken = 0;
  std::size_t more = 1;
  while (more > 0 && taken < megabyte.size()) taken += more = ours->write_now(megabyte);
  EXPECT_LT(taken, megabyte.size());
}

TEST_F(Terminals, AreDevices) {
  EXPECT_EQ(connect_error("serial:/nowhere"), "No such file or directory");
  EXPECT_EQ(connect_error("serial:/etc/passwd"), "it is not a character device");
}

TEST(Vsock, IsTwoNumbers) {
  const auto refusal = [](const char* text) {
    const auto checked = kVsock.check(parse_address(text).value());
    return checked ? "" : checked.error().text;
  };
  for (const char* good : {"vsock://2:1", "vsock://local:4294967295", "vsock://any:0"}) {
    EXPECT_EQ(refusal(good), "");
  }
  for (const char* bad :
       {"vsock://2", "vsock://here:1", "vsock://2:x", "vsock://-1:1", "vsock://4294967296:1"}) {
    EXPECT_THAT(refusal(bad), testing::HasSubstr("is not CID:PORT")) << bad;
  }
}

}  // namespace
}  // namespace vscard::chardev
