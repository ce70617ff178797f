// ccid-passthru as a user starts it: what it says about its command line, and its control.

#include "tests/fakes/scripted_client.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vscard::ccid_passthru {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;

/// usbredir's hello: type 0, 68 bytes; its text begins after the 12 bytes of header.
constexpr std::size_t kHelloSize = 12 + 68;
/// usbredir's device_disconnect: type 2, nothing else.
constexpr const char* kDisconnect = "020000000000000000000000";

class CcidPassthruProgram : public testing::Test {
 protected:
  static Words program(Words words) {
    words.insert(words.begin(), CCID_PASSTHRU_PROGRAM);
    return words;
  }
  std::string path(const char* name) const { return folder_.path() / name; }

  /// One line and the exit status.
  static void expect_refused(const Words& words, int status, const std::string& why) {
    test::Child child(program(words));
    EXPECT_EQ(child.wait(), status);
    EXPECT_THAT(child.log(), AllOf(StartsWith("ccid-passthru: error: "), HasSubstr(why)));
    EXPECT_EQ(std::ranges::count(child.log(), '\n'), 1) << child.log();
  }

  static std::string output(const Words& words) {
    test::Child child(program(words));
    EXPECT_EQ(child.wait(), 0);
    return child.log();
  }

  std::string ctl(Words words) {
    words.insert(words.begin(), {"ctl", "--control", "unix:" + path("control")});
    test::Child child(program(words));
    const int status = child.wait();
    return (status == 0 ? "" : std::to_string(status) + " ") + child.log();
  }
  nlohmann::json list() { return nlohmann::json::parse(ctl({"list", "--json"})); }

  test::TempFolder folder_;
};

TEST_F(CcidPassthruProgram, TellsWhatIsWrongWithItsCommandLine) {
  const Words good{"--vsc", "connect:unix:/a", "--usbredir", "connect:unix:/b"};
  const auto with = [&good](Words words) {
    words.insert(words.begin(), good.begin(), good.end());
    return words;
  };
  expect_refused({}, 2, "no reader: give --vsc ENDPOINT --usbredir ENDPOINT");
  expect_refused({"--vsc", "connect:unix:/a"}, 2, "--usbredir is missing");
  expect_refused({"--usbredir", "connect:unix:/a"}, 2, "--vsc is missing");
  expect_refused({"--vsc", "unix:/a", "--usbredir", "connect:unix:/b"}, 2, "is not an endpoint");
  expect_refused({"--vsc", "connect:ipx:/a", "--usbredir", "connect:unix:/b"}, 2,
                 "'ipx' is not a transport");
  expect_refused({"--vsc", "connect:unix:/a,peer-max-apdu=9", "--usbredir", "connect:unix:/b"}, 2,
                 "not a number from 258 to 65544");
  expect_refused(with({"--vsc", "connect:unix:/c"}), 2, "--vsc is given twice for one reader");
  expect_refused(with({"--reader", "b"}), 2, "the first one also needs --reader NAME");
  expect_refused({"--reader", "a", "--vsc", "connect:unix:/a", "--usbredir", "connect:unix:/b",
                  "--reader", "a", "--vsc", "connect:unix:/c", "--usbredir", "connect:unix:/d"},
                 2, "two readers are named 'a'");
  expect_refused(with({"--reader", "a b"}), 2, "also needs --reader NAME");
  expect_refused(with({"--serial", "a b"}), 2, "--serial 'a b' is not");
  expect_refused(with({"--usb-id", "08e6-4433"}), 2, "--usb-id 08e6-4433 is not");
  expect_refused(with({"--usb-id", "08e6:443"}), 2, "--usb-id 08e6:443 is not");
  expect_refused(with({"--speed", "super"}), 2, "--speed super is neither full nor high");
  expect_refused(with({"--max-message", "270"}), 2, "not a number from 271 to 65554");
  expect_refused(with({"--max-message", "65555"}), 2, "not a number from 271 to 65554");
  expect_refused(with({"--apdu-timeout", "0"}), 2, "--apdu-timeout");
  expect_refused(with({"--frobnicate"}), 2, "--frobnicate");
  expect_refused({"ctl", "list"}, 2, "VSCARD_CONTROL");
}

TEST_F(CcidPassthruProgram, TellsWhyItFails) {
  expect_refused({"--vsc", "listen:tcp://0.0.0.0:0", "--usbredir", "connect:unix:/b"}, 1,
                 "--insecure");
  expect_refused({"--vsc", "connect:unix:/a", "--usbredir", "listen:unix:/nowhere/b"}, 1,
                 "cannot listen on unix:/nowhere/b");
  expect_refused({"--control", "none", "--vsc", "connect:unix:/a", "--usbredir", "connect:unix:/b",
                  "--pid-file", "/nowhere/pid"},
                 1, "cannot write the pid file");
  expect_refused(
      {"--print", "qemu", "--vsc", "connect:unix:/a", "--usbredir", "listen:tcp://127.0.0.1:0"}, 1,
      "--print needs a port");
}

TEST_F(CcidPassthruProgram, PrintsWhatAttachesItsReaders) {
  const Words readers{
      "--reader", "a", "--vsc", "connect:unix:/a", "--usbredir", "connect:unix:/b&'c",
      "--reader", "b", "--vsc", "connect:unix:/d", "--usbredir", "listen:tcp://127.0.0.1:4000"};
  // A QEMU of this version is first on the PATH.
  const auto install_qemu = [this](const std::string& version) {
    const std::string file = path("qemu-system-x86_64");
    std::ofstream(file) << "#!/bin/sh\necho QEMU emulator version " << version << '\n';
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  };
  // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
  const std::string old_path = ::getenv("PATH");
  ::setenv("PATH", (folder_.path().string() + ":" + old_path).c_str(), 1);
  const auto printed = [&readers](const char* what) {
    Words words{"--print", what};
    words.insert(words.end(), readers.begin(), readers.end());
    return output(words);
  };
  install_qemu("11.1.3");
  EXPECT_EQ(printed("qemu"),
            "-device qemu-xhci,p2=15\n"
            "-chardev 'socket,id=vscard0,path=/b&'\\''c,server=on,wait=off'\n"
            "-device usb-redir,chardev=vscard0,id=vscard0-reader\n"
            "-chardev socket,id=vscard1,host=127.0.0.1,port=4000,reconnect-ms=1000,nodelay=on\n"
            "-device usb-redir,chardev=vscard1,id=vscard1-reader\n");
  install_qemu("7.2.22");
  EXPECT_THAT(printed("qemu"), HasSubstr(",port=4000,reconnect=1,nodelay=on\n"));
  ::setenv("PATH", old_path.c_str(), 1);
  // NOLINTEND(concurrency-mt-unsafe)
  EXPECT_EQ(printed("libvirt"),
            "<controller type='usb' model='qemu-xhci' ports='15'/>\n"
            "<redirdev bus='usb' type='unix'>\n"
            "  <source mode='bind' path='/b&amp;&apos;c'/>\n"
            "</redirdev>\n"
            "<redirdev bus='usb' type='tcp'>\n"
            "  <source mode='connect' host='127.0.0.1' service='4000'>\n"
            "    <reconnect enabled='yes' timeout='1'/>\n"
            "  </source>\n"
            "  <protocol type='raw'/>\n"
            "</redirdev>\n");
}

TEST_F(CcidPassthruProgram, IsControlled) {
  test::Child child(program({"--control", "unix:" + path("control"), "--pid-file", path("pid"),
                             "--reader", "a", "--vsc", "listen:unix:" + path("vsc"), "--usbredir",
                             "listen:unix:" + path("usbredir"), "--serial", "0001"}));
  child.wait_for("control at");
  EXPECT_EQ(list().dump(),
            R"([{"card":false,"reader":"a","serial":"0001","usbredir":{"link":"unix:)" +
                path("usbredir") + R"(","peer":null},"vsc":{"link":"unix:)" + path("vsc") +
                R"(","peer":null,"round_trip":null,"without_reader":[]}}])");
  {
    const fakes::ScriptedClient client(path("vsc"));
    child.wait_for("a: card inserted");
    EXPECT_EQ(list()[0]["card"], true);
    EXPECT_FALSE(list()[0]["vsc"]["peer"].is_null());
  }
  child.wait_for("a: card removed");

  EXPECT_THAT(ctl({"add", "a"}), HasSubstr("there is a reader 'a' already"));
  EXPECT_THAT(ctl({"add", "b", "--vsc"}), HasSubstr("--vsc needs a value"));
  EXPECT_THAT(ctl({"add", "b", "--control", "x"}), HasSubstr("add has no option '--control'"));
  EXPECT_THAT(ctl({"add", "b", "--vsc", "listen:unix:" + path("vsc2")}),
              HasSubstr("--usbredir is missing"));
  EXPECT_EQ(ctl({"add", "b", "--vsc", "listen:unix:" + path("vsc2"), "--usbredir",
                 "listen:unix:" + path("usbredir2")}),
            "");
  EXPECT_THAT(ctl({"list"}), HasSubstr("b  no card  no client at unix:" + path("vsc2")));
  const auto machine = test::RawSocket::connect_unix(path("usbredir2"));
  EXPECT_THAT(machine.read_hex(kHelloSize), StartsWith("00000000"));
  EXPECT_EQ(ctl({"remove", "b"}), "");
  EXPECT_EQ(machine.read_hex(12), kDisconnect);
  EXPECT_TRUE(machine.ended());
  EXPECT_THAT(ctl({"remove", "b"}), HasSubstr("unknown reader 'b'"));
  EXPECT_THAT(ctl({"jump"}), HasSubstr("unknown command 'jump'"));
  EXPECT_THAT(ctl({"help"}), HasSubstr("remove NAME"));

  EXPECT_EQ(ctl({"exit"}), "");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_THAT(folder_.names(), testing::IsEmpty()) << "its sockets and pid file are gone";
}

TEST_F(CcidPassthruProgram, LeavesProperly) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    test::Child child(program({"--vsc", "listen:unix:" + path("vsc"), "--usbredir",
                               "listen:unix:" + path("usbredir"), "--pid-file", path("pid")}));
    child.wait_for("listening on unix:" + path("usbredir"));
    const fakes::ScriptedClient client(path("vsc"));
    child.wait_for("card inserted");
    child.signal(signal);
    EXPECT_TRUE(client.socket().ended());
    EXPECT_EQ(child.wait(), 0);
    EXPECT_THAT(folder_.names(), testing::IsEmpty());
  }
}

TEST_F(CcidPassthruProgram, HasMoreReadersThanTheSoftLimitOfDescriptors) {
  Words words{"/bin/sh", "-c", R"(ulimit -Sn 64 && exec "$0" "$@")", CCID_PASSTHRU_PROGRAM};
  const auto listen = [this](const std::string& name) { return "listen:unix:" + path("") + name; };
  for (int i = 0; i < 50; ++i) {
    const std::string name = "r" + std::to_string(i);
    words.insert(words.end(), {"--reader", name, "--vsc", listen("vsc-" + name), "--usbredir",
                               listen("usbredir-" + name)});
  }
  test::Child child(words);
  child.wait_for("listening on unix:" + path("usbredir-r49"));
  const auto machine = test::RawSocket::connect_unix(path("usbredir-r49"));
  EXPECT_THAT(machine.read_hex(kHelloSize), StartsWith("00000000"));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.log();
}

TEST_F(CcidPassthruProgram, EndsWhenItMayNotConnectAgain) {
  test::Child child(program({"--no-reconnect", "--vsc", "listen:unix:" + path("vsc"), "--usbredir",
                             "connect:unix:/nowhere"}));
  child.wait_for("error: reader: cannot connect to unix:/nowhere");
  EXPECT_EQ(child.wait(), 1);
}

}  // namespace
}  // namespace vscard::ccid_passthru
