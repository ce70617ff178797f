#include "cards/libcacard/memory_folder.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace vscard::cards::libcacard {
namespace {

namespace fs = std::filesystem;

TEST(MemoryFolder, GoesWithItsObject) {
  const test::TempFolder place;
  {
    auto made = MemoryFolder::make(place.path());
    ASSERT_TRUE(made) << made.error().text;
    const MemoryFolder folder = std::move(*made);
    EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms::owner_all);
    test::write_text(folder.path() / "nssdb/key4.db", "secret");
    EXPECT_EQ(place.names().size(), 1U);
  }
  EXPECT_THAT(place.names(), testing::IsEmpty());
}

TEST(MemoryFolder, TakesAwayWhatAKilledProcessLeftAndNothingElse) {
  const test::TempFolder place;
  test::write_text(place.path() / "vscard-cac-killed/nssdb/key4.db", "secret");
  test::write_text(place.path() / "other/key4.db", "mine");
  fs::create_directory_symlink(place.path() / "other", place.path() / "vscard-cac-link");
  const auto living = MemoryFolder::make(place.path());
  ASSERT_TRUE(living);
  const auto another = MemoryFolder::make(place.path());
  ASSERT_TRUE(another);
  EXPECT_THAT(place.names(), testing::UnorderedElementsAre("other", "vscard-cac-link",
                                                           living->path().filename().string(),
                                                           another->path().filename().string()));
  EXPECT_EQ(test::read_file(place.path() / "other/key4.db"), "mine");
}

TEST(MemoryFolder, SaysWhereItCannotBe) {
  const auto made = MemoryFolder::make("/nowhere");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().text, "cannot make a folder in /nowhere: No such file or directory");
}

}  // namespace
}  // namespace vscard::cards::libcacard
