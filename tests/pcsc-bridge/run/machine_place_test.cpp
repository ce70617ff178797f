// The machine's /run is played by a temporary folder.

#include "pcsc-bridge/run/machine_place.hpp"

#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class MachinePlaceTest : public testing::Test {
 protected:
  MachinePlaceTest() {
    fs::create_directories(run_);
    fs::create_directories(private_);
  }
  MachinePlace open() const { return MachinePlace::open(run_).value(); }
  MachinePlace taken() const {
    MachinePlace place = open();
    EXPECT_EQ(place.lock(), true);
    EXPECT_TRUE(place.take(private_));
    return place;
  }

  test::TempFolder temp_;
  fs::path run_ = temp_.path() / "run";
  fs::path service_ = run_ / "pcscd";
  fs::path private_ = temp_.path() / "pcsc-bridge-abcdef" / "p";
};

TEST_F(MachinePlaceTest, IsALinkToThePrivateFolderWhileItIsTaken) {
  {
    const MachinePlace place = taken();
    EXPECT_EQ(fs::read_symlink(service_), private_);
  }
  EXPECT_FALSE(fs::is_symlink(service_));
}

TEST_F(MachinePlaceTest, IsGivenBackAsItWas) {
  test::write_text(service_ / "file", "kept");
  fs::permissions(service_, fs::perms::owner_all);
  {
    const MachinePlace place = taken();
    EXPECT_FALSE(fs::exists(service_ / "file"));
  }
  EXPECT_EQ(test::read_file(service_ / "file"), "kept");
  EXPECT_EQ(fs::status(service_).permissions(), fs::perms::owner_all);
}

TEST_F(MachinePlaceTest, IsForOneAtATime) {
  std::optional<MachinePlace> first(taken());
  MachinePlace second = open();
  EXPECT_EQ(second.lock(), false);
  first.reset();
  EXPECT_EQ(second.lock(), true);
  EXPECT_TRUE(second.take(private_));
}

TEST_F(MachinePlaceTest, IsLeftToAPcscdThatAnswers) {
  fs::create_directories(service_);
  const auto pcscd = test::RawListener::on_unix(service_ / "pcscd.comm");
  MachinePlace place = open();
  EXPECT_EQ(place.lock(), true);
  const auto refused = place.take(private_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("a pcscd is running already"));
  EXPECT_FALSE(fs::is_symlink(service_));
}

TEST_F(MachinePlaceTest, IsGivenBackByTheNextIfEvenTheKeeperWasKilled) {
  test::write_text(run_ / "pcscd.pcsc-bridge" / "file", "kept");
  fs::create_directory_symlink(temp_.path() / "pcsc-bridge-killed" / "p", service_);
  {
    const MachinePlace place = taken();
  }
  EXPECT_EQ(test::read_file(service_ / "file"), "kept");
}

TEST_F(MachinePlaceTest, KeepsWhatIsInTheWay) {
  test::write_text(run_ / "pcscd.pcsc-bridge" / "file", "older");
  test::write_text(service_ / "file", "newer");
  {
    MachinePlace place = open();
    EXPECT_EQ(place.lock(), true);
    const auto refused = place.take(private_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().text, HasSubstr("pcscd.pcsc-bridge: Directory not empty"));
  }
  EXPECT_EQ(test::read_file(run_ / "pcscd.pcsc-bridge" / "file"), "older");
  EXPECT_EQ(test::read_file(service_ / "file"), "newer");
}

TEST_F(MachinePlaceTest, IsGivenBackBeforeTheLockIfItsProcessIsKilled) {
  test::write_text(service_ / "file", "kept");
  const pid_t pid = ::fork();
  if (pid == 0) {
    const MachinePlace place = taken();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  const int lock = ::open((run_ / "pcsc-bridge.lock").c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_EQ(::flock(lock, LOCK_EX), 0) << "the keeper ends";
  ::close(lock);
  EXPECT_EQ(test::read_file(service_ / "file"), "kept");
}

TEST_F(MachinePlaceTest, HasALockThatOthersCannotOpenOrReplace) {
  const mode_t before = ::umask(0);
  open();
  ::umask(before);
  const fs::path lock = run_ / "pcsc-bridge.lock";
  EXPECT_EQ(fs::status(lock).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::remove(lock);
  fs::create_symlink(temp_.path() / "elsewhere", lock);
  const auto refused = MachinePlace::open(run_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("cannot open the lock"));
}

}  // namespace
}  // namespace vscard::pcsc_bridge::run
