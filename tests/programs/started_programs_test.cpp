// A program that another one starts: exec:COMMAND and stdio:, and sockets of a parent.

#include "certs-test/soft_cards.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/socket_guest.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sys/socket.h>
#include <unistd.h>

namespace vscard::programs {
namespace {

using testing::HasSubstr;

/// Which numbers a shell can redirect.
constexpr int kInherited = 9;

class StartedPrograms : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    certs_test::SoftCardOptions options;
    options.folder = made().path() / "made";
    options.subjects = {"Alice"};
    ASSERT_TRUE(certs_test::make_soft_cards(options));
  }
  static const test::TempFolder& made() {
    static const test::TempFolder folder;
    return folder;
  }

  static std::string card() {
    return "soft:db=" + (made().path() / "made/cards/alice/nssdb").string();
  }
  std::string path(const std::string& name) const { return folder_.path() / name; }
  std::string vscclient(const std::string& before = "exec") const {
    return before + " " + VSCCLIENT_PROGRAM + " --vsc stdio: --control none --pid-file " +
           path("pid") + " --card " + card();
  }
  pid_t client() const {
    pid_t process = 0;
    std::ifstream(path("pid")) >> process;
    return process;
  }

  test::TempFolder folder_;
};

/// A command line for a shell, with the socket as its standard input and output.
std::vector<std::string> on_socket(const std::string& command) {
  return {"/bin/sh", "-c", command + " <&9 >&9"};
}

test::RawSocket inherited_socket() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  EXPECT_EQ(::dup2(ends[1], kInherited), kInherited);
  ::close(ends[1]);
  return test::RawSocket(ends[0]);
}

TEST_F(StartedPrograms, WriteNothingButVscAndEndWithTheirPeer) {
  auto host = inherited_socket();
  test::Child client(on_socket(vscclient("LISTEN_FDS=0 exec") + ",name=a --log-level trace"));
  ::close(kInherited);
  EXPECT_EQ(host.read_hex(24), "00000001000000000000000c565343440000000200000001");
  host.send_hex("00000001ffffffff0000000c565343440000000200000000");
  const auto answer = [&host](const std::string& request) {
    EXPECT_EQ(host.read_hex(request.size() / 2), request);
    host.send_hex("00000002000000000000000400000000");
  };
  answer("000000040000000000000000");
  answer("00000003ffffffff0000000161");
  answer("00000005000000000000000f3b7a18000073667465206364313434");
  host.close();
  EXPECT_EQ(client.wait(), 0) << client.log();
  EXPECT_THAT(client.log(), HasSubstr("standard input and output closed the connection"));
}

TEST_F(StartedPrograms, AreStartedAgainAndEndedByTheOneThatStartsThem) {
  const std::string command = vscclient() + ",,name=a";
  test::Child reader({CCID_PASSTHRU_PROGRAM, "--control", "none", "--vsc",
                      "connect:exec:" + command, "--usbredir", "listen:unix:" + path("usb")});
  reader.wait_for("card inserted");
  fakes::SocketGuest guest(path("usb"));
  guest.power_on();
  const pid_t first = client();
  ::kill(first, SIGKILL);
  reader.wait_for("ended by signal 9; trying again");
  reader.wait_for("card inserted");
  const pid_t second = client();
  EXPECT_NE(first, second);
  reader.signal(SIGTERM);
  EXPECT_EQ(reader.wait(), 0);
  EXPECT_EQ(::kill(second, 0), -1) << "it is there, or was not reaped";
}

TEST_F(StartedPrograms, MayFailUntilTheyCanConnect) {
  const std::string command = "test -e " + path("network") + " || exit 3; " + vscclient();
  test::Child reader({CCID_PASSTHRU_PROGRAM, "--control", "none", "--vsc",
                      "connect:exec:" + command, "--usbredir", "listen:unix:" + path("usb")});
  reader.wait_for("ended with status 3; trying again");
  std::ofstream(path("network")) << "up";
  reader.wait_for("card inserted");
}

TEST_F(StartedPrograms, EndOverUsbredirAlso) {
  auto guest = inherited_socket();
  test::Child reader({CCID_PASSTHRU_PROGRAM, "--control", "none", "--vsc",
                      "listen:unix:" + path("vsc"), "--usbredir", "connect:fd:9"});
  ::close(kInherited);
  EXPECT_EQ(guest.read_hex(4), "00000000") << "the type of a hello";
  guest.close();
  EXPECT_EQ(reader.wait(), 0) << reader.log();
}

TEST_F(StartedPrograms, RefuseWhatIsNoSocketOfTheirs) {
  const auto refused = [this](const std::string& usbredir) {
    test::Child reader({CCID_PASSTHRU_PROGRAM, "--control", "none", "--vsc",
                        "listen:unix:" + path("vsc"), "--usbredir", usbredir});
    EXPECT_EQ(reader.wait(), 1);
    return reader.log();
  };
  EXPECT_THAT(refused("listen:fd:vsc"), HasSubstr("systemd passed this process no socket"));
  EXPECT_THAT(refused("listen:fd:99"), HasSubstr("not a stream socket"));
  EXPECT_THAT(refused("connect:fd:0"), HasSubstr("not a stream socket"));
}

}  // namespace
}  // namespace vscard::programs
