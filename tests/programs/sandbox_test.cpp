// What a program can no longer do once it runs, tried from within it.

#include "certs-test/soft_cards.hpp"
#include "program/control_client.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/sanitized.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <sys/stat.h>

namespace vscard::programs {
namespace {

using testing::Each;
using testing::Pair;
using Words = std::vector<std::string>;
using Errors = std::map<std::string, int>;

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (test::kIsSanitized) GTEST_SKIP() << "a sanitizer's library has to be loaded first";
    for (const char* fifo : {"start", "result"}) ASSERT_EQ(::mkfifo(path(fifo).c_str(), 0600), 0);
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }

  /// The errors of the intruder's attempts in this program, once it is at work.
  Errors intrude(const Words& program) const {
    Words words{"/usr/bin/env", "LD_PRELOAD=" INTRUDER, "INTRUDER_START=" + path("start"),
                "INTRUDER_RESULT=" + path("result")};
    words.insert(words.end(), program.begin(), program.end());
    test::Child child(words);
    child.wait_for("control at");
    EXPECT_TRUE(program::control("unix:" + path("control"), {"list"}));
    std::ofstream(path("start")).close();
    return read(path("result"));
  }

  Errors passthru(const Words& options) const {
    Words words{CCID_PASSTHRU_PROGRAM,
                "--vsc",
                "listen:unix:" + path("vsc"),
                "--usbredir",
                "listen:unix:" + path("usbredir"),
                "--control",
                "unix:" + path("control")};
    words.insert(words.end(), options.begin(), options.end());
    return intrude(words);
  }
  Errors vscclient() const {
    certs_test::SoftCardOptions card;
    card.folder = path("made");
    card.subjects = {"Alice"};
    EXPECT_TRUE(certs_test::make_soft_cards(card));
    return intrude({VSCCLIENT_PROGRAM, "--vsc", "listen:unix:" + path("vsc"), "--card",
                    "soft:db=" + path("made/cards/alice/nssdb"), "--control",
                    "unix:" + path("control")});
  }

 private:
  static Errors read(const std::string& file) {
    Errors errors;
    std::ifstream lines(file);
    for (std::string name; std::getline(lines, name, ':');) {
      lines >> errors[name] >> std::ws;
    }
    return errors;
  }

  test::TempFolder folder_;
};

TEST_F(SandboxTest, KeepsAReaderFromWhatItNeverNeeds) {
  const Errors errors = passthru({});
  EXPECT_EQ(errors.size(), 5U);
  EXPECT_THAT(errors, Each(Pair(testing::_, EPERM)));
}

TEST_F(SandboxTest, KeepsAClientFromWhatItNeverNeedsInAllItsThreads) {
  const Errors errors = vscclient();
  EXPECT_EQ(errors.size(), 5U);
  EXPECT_THAT(errors, Each(Pair(testing::_, EPERM)));
}

TEST_F(SandboxTest, IsLeftOutWhereAFaultIsLookedFor) {
  Errors errors = passthru({"--sandbox", "off"});
  EXPECT_EQ(errors["start a program"], 0);
  EXPECT_EQ(errors["trace"], 0);
  EXPECT_EQ(errors["read memory"], 0);
}

}  // namespace
}  // namespace vscard::programs
