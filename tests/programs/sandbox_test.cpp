// What a program can no longer do once it runs, tried from within each of its threads.

#include "certs-test/soft_cards.hpp"
#include "program/control_client.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/sanitized.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vscard::programs {
namespace {

namespace fs = std::filesystem;
using testing::IsSupersetOf;
using testing::Pair;
using Words = std::vector<std::string>;
using Errors = std::map<std::string, int>;

const Errors kRefused{{"start a program", EPERM},     {"trace", EPERM},
                      {"read memory", EPERM},         {"namespace", EPERM},
                      {"kernel cryptography", EPERM}, {"read a file", EACCES},
                      {"make a file", EACCES},        {"connect elsewhere", EACCES}};

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (test::kIsSanitized) GTEST_SKIP() << "a sanitizer's library has to be loaded first";
    ASSERT_EQ(::mkfifo(path("result").c_str(), 0600), 0);
    std::ofstream(path("secret")) << "of somebody else";
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }

  /// A program that can be taken over.
  Words open_to_intruders(const Words& program) const {
    Words words{"/usr/bin/env", "LD_PRELOAD=" INTRUDER, "INTRUDER_RESULT=" + path("result")};
    words.insert(words.end(), program.begin(), program.end());
    return words;
  }
  /// What the attempts in the first thread of a program that is at work came to.
  Errors intrude(const test::Child& child) const {
    std::ifstream lines(path("result"));
    child.signal(SIGUSR1);
    return read(lines);
  }
  /// … in each thread of this program, once it is at work.
  std::vector<Errors> intrude(const Words& program) const {
    Words words = open_to_intruders(program);
    words.insert(words.end(), {"--control", "unix:" + path("control")});
    test::Child child(words);
    child.wait_for("control at");
    EXPECT_TRUE(program::control("unix:" + path("control"), {"list"}));
    std::ifstream lines(path("result"));
    std::vector<Errors> all;
    for (const auto& thread :
         fs::directory_iterator("/proc/" + std::to_string(child.pid()) + "/task")) {
      ::syscall(SYS_tgkill, child.pid(), std::stoi(thread.path().filename()), SIGUSR1);
      all.push_back(read(lines));
    }
    return all;
  }

  std::vector<Errors> passthru(const Words& options) const {
    Words words{CCID_PASSTHRU_PROGRAM, "--vsc", "listen:unix:" + path("vsc"), "--usbredir",
                "listen:unix:" + path("usbredir")};
    words.insert(words.end(), options.begin(), options.end());
    return intrude(words);
  }
  std::vector<Errors> vscclient() const {
    certs_test::SoftCardOptions card;
    card.folder = path("made cards");
    card.subjects = {"Alice"};
    EXPECT_TRUE(certs_test::make_soft_cards(card));
    return intrude({VSCCLIENT_PROGRAM, "--vsc", "listen:unix:" + path("vsc"), "--card",
                    "soft:db=" + path("made cards/cards/alice/nssdb")});
  }

 private:
  static Errors read(std::istream& lines) {
    Errors errors;
    for (std::string line; std::getline(lines, line) && !line.empty();) {
      const std::size_t colon = line.find(':');
      errors[line.substr(0, colon)] = std::stoi(line.substr(colon + 1));
    }
    return errors;
  }

  test::TempFolder folder_;
};

TEST_F(SandboxTest, KeepsAReaderFromWhatItNeverNeeds) {
  EXPECT_THAT(passthru({}), testing::ElementsAre(kRefused));
}

TEST_F(SandboxTest, KeepsTheThreadOfACaptureFromAllButItsFolder) {
  fs::create_directory(path("captures"));
  const auto threads = passthru({"--capture", path("captures/a.pcapng,max-size=4K,files=2")});
  EXPECT_THAT(threads, testing::ElementsAre(kRefused, kRefused));
}

TEST_F(SandboxTest, KeepsAClientFromWhatItNeverNeedsInAllItsThreads) {
  const auto threads = vscclient();
  EXPECT_GT(threads.size(), 1U);
  EXPECT_THAT(threads, testing::Each(kRefused));
}

TEST_F(SandboxTest, KeepsAPipeFromWhatItNeverNeeds) {
  fs::create_directory(path("sockets"));
  const auto far = test::RawListener::on_unix(path("sockets/far"));
  test::Child pipe(
      open_to_intruders({VSCCLIENT_PROGRAM, "pipe", "connect:unix:" + path("sockets/far"),
                         "listen:unix:" + path("sockets/near")}));
  pipe.wait_for("listening on");
  const auto near = test::RawSocket::connect_unix(path("sockets/near"));
  const auto joined = far.accept();
  EXPECT_EQ(intrude(pipe), kRefused);
}

TEST_F(SandboxTest, KeepsTheOneWhoPairsFromWhatItNeverNeeds) {
  fs::create_directory(path("code"));
  std::ofstream(path("code/code")) << "0000-0000-0000-0000-0000-0000\n";
  const auto far = test::RawListener::on_tcp();
  const std::string address = "tls://127.0.0.1:" + std::to_string(far.port());
  const test::Child pair(
      open_to_intruders({VSCCLIENT_PROGRAM, "pair", address + ",pair=" + path("pairings"),
                         "--code-file", path("code/code")}));
  const auto silent = far.accept();
  EXPECT_EQ(intrude(pair), kRefused);
}

TEST_F(SandboxTest, IsLeftOutWhereAFaultIsLookedFor) {
  const auto threads = passthru({"--sandbox", "off"});
  ASSERT_EQ(threads.size(), 1U);
  EXPECT_THAT(
      threads.front(),
      IsSupersetOf({Pair("start a program", 0), Pair("trace", 0), Pair("read memory", 0),
                    Pair("read a file", 0), Pair("make a file", 0), Pair("connect elsewhere", 0)}));
}

}  // namespace
}  // namespace vscard::programs
