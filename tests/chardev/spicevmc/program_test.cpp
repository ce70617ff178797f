// ccid-passthru as a SPICE server: what it says about its command line, and its control.

#include "tests/fakes/ctl_user.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace vscard::chardev::spicevmc {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;
constexpr const char* kOnce = "one process can be a SPICE server for one card only";

class SpicevmcProgram : public testing::Test {
 protected:
  static Words program(Words words) {
    words.insert(words.begin(), CCID_PASSTHRU_PROGRAM);
    return words;
  }
  static void expect_refused(const Words& words, int status, const std::string& why) {
    test::Child child(program(words));
    EXPECT_EQ(child.wait(), status);
    EXPECT_THAT(child.log(), HasSubstr(why));
    EXPECT_EQ(std::ranges::count(child.log(), '\n'), 1) << child.log();
  }
  Words reader(const std::string& name, const std::string& vsc) const {
    return {"--reader",      name,         "--vsc",
            "listen:" + vsc, "--usbredir", "listen:unix:" + path(name + ".usbredir")};
  }
  std::string add_spicevmc(const std::string& name) const {
    return ctl_.run({"add", name, "--vsc", "listen:spicevmc://127.0.0.1:0", "--usbredir",
                     "listen:unix:" + path(name + ".usbredir")});
  }
  std::string path(const std::string& name) const { return folder_.path() / name; }

  test::TempFolder folder_;
  const fakes::CtlUser ctl_{CCID_PASSTHRU_PROGRAM, "unix:" + path("control")};
};

TEST_F(SpicevmcProgram, TellsWhatIsWrongWithItsCommandLine) {
  Words two = reader("a", "spicevmc://127.0.0.1:0");
  const Words second = reader("b", "spicevmc+unix:" + path("spice"));
  two.insert(two.end(), second.begin(), second.end());
  expect_refused(two, 2, kOnce);
  expect_refused(reader("a", "spicevmc://127.0.0.1:0,ticket=x"), 2, "spicevmc has no key 'ticket'");
  expect_refused({"--usbredir", "listen:spicevmc://127.0.0.1:0", "--vsc", "listen:unix:/a"}, 2,
                 "'spicevmc' is not a transport");
  expect_refused(reader("a", "spicevmc://0.0.0.0:0"), 1, "--insecure");
  expect_refused(reader("a", "spicevmc://127.0.0.1:0,password-file=/nowhere/p"), 1,
                 "cannot open /nowhere/p");
  expect_refused(reader("a", "spicevmc://127.0.0.1:0,cert=/nowhere/c,key=/nowhere/k"), 1,
                 "cannot read a certificate from cert=/nowhere/c");
}

TEST_F(SpicevmcProgram, IsOneServerInItsLife) {
  test::Child child(program({"--control", "unix:" + path("control")}));
  child.wait_for("control at");
  EXPECT_EQ(add_spicevmc("a"), "");
  EXPECT_THAT(ctl_.run({"list"}), HasSubstr("a  no card  no client at spicevmc://127.0.0.1:"));
  EXPECT_THAT(add_spicevmc("b"), HasSubstr(kOnce));
  EXPECT_EQ(ctl_.run({"remove", "a"}), "");
  EXPECT_EQ(ctl_.run({"list"}), "");
  EXPECT_THAT(add_spicevmc("a"), HasSubstr(kOnce));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.log();
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
