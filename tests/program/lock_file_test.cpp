#include "program/lock_file.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

namespace vscard::program {
namespace {

void expect_no_wait() { FAIL() << "nobody has it"; }

TEST(LockFile, IsRemovedWhenItIsNotNeeded) {
  const test::TempFolder folder;
  for (int i = 0; i < 2; ++i) {
    const auto taken = LockFile::take(folder.path() / "lock", expect_no_wait);
    ASSERT_TRUE(taken);
    EXPECT_THAT(folder.names(), testing::ElementsAre("lock"));
  }
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(LockFile, IsTakenFromOneThatWasKilled) {
  const test::TempFolder folder;
  test::write_text(folder.path() / "lock", "");
  EXPECT_TRUE(LockFile::take(folder.path() / "lock", expect_no_wait));
}

TEST(LockFile, WaitsForWhoHasIt) {
  const test::TempFolder folder;
  auto taken = LockFile::take(folder.path() / "lock", expect_no_wait);
  ASSERT_TRUE(taken);
  std::optional<LockFile> first = std::move(*taken);
  std::promise<void> waits;
  std::thread other(
      [&] { EXPECT_TRUE(LockFile::take(folder.path() / "lock", [&] { waits.set_value(); })); });
  waits.get_future().wait();
  first.reset();
  other.join();
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(LockFile, IsNotWaitedForByWhoNeedNotHaveIt) {
  const test::TempFolder folder;
  auto first = LockFile::take_if_free(folder.path() / "lock").value();
  EXPECT_TRUE(first);
  EXPECT_FALSE(LockFile::take_if_free(folder.path() / "lock").value());
  first.reset();
  EXPECT_TRUE(LockFile::take_if_free(folder.path() / "lock").value());
  EXPECT_FALSE(LockFile::take_if_free(folder.path() / "none/lock"));
}

TEST(LockFile, TellsWhyItCannotBeMade) {
  const test::TempFolder folder;
  const std::string path = folder.path() / "none/lock";
  EXPECT_EQ(LockFile::take(path, expect_no_wait).error().text,
            "cannot lock " + path + ": No such file or directory");
}

}  // namespace
}  // namespace vscard::program
