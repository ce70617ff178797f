#include "pcsc-bridge/run/keeper.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/file.h>
#include <unistd.h>

namespace vscard::pcsc_bridge::run {
namespace {

TEST(Keeper, CallsItsFunctionWhenItsObjectIsGone) {
  const test::TempFolder folder;
  const auto file = folder.path() / "file";
  {
    auto keeper = Keeper::start([file] { test::write_text(file, "called"); }).value();
    const auto moved = std::move(keeper);
    EXPECT_EQ(test::read_file(file), "");
  }
  EXPECT_EQ(test::read_file(file), "called");
}

TEST(Keeper, HoldsOneDescriptorUntilItsFunctionHasReturned) {
  const test::TempFolder folder;
  const std::string file = folder.path() / "lock";
  const int held = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const int other = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX | LOCK_NB), 0);
  std::optional<Keeper> keeper(Keeper::start([] {}, held).value());
  ::close(held);
  EXPECT_NE(::flock(other, LOCK_EX | LOCK_NB), 0) << "the keeper has the lock";
  keeper.reset();
  EXPECT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  ::close(other);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::run
