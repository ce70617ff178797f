#include "certs-test/staging.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <sys/stat.h>

namespace vscard::certs_test {
namespace {

using test::read_file;
using test::TempFolder;
using test::write_text;

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array<std::uint8_t, 3> kContent{'n', 'e', 'w'};

TEST(Staging, AppearsWhenPublished) {
  const TempFolder folder;
  auto staging = Staging::beside(folder.path() / "set");
  ASSERT_TRUE(staging);
  ASSERT_TRUE(write_file(staging->path() / "file", kContent, 0600));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "set"));
  ASSERT_TRUE(staging->publish());
  EXPECT_EQ(read_file(folder.path() / "set/file"), "new");
  EXPECT_THAT(folder.names(), ElementsAre("set"));
}

TEST(Staging, DroppedLeavesNothing) {
  const TempFolder folder;
  {
    const auto staging = Staging::beside(folder.path() / "set");
    ASSERT_TRUE(staging);
    ASSERT_TRUE(write_file(staging->path() / "file", kContent, 0600));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Staging, TakesTheFormsThatAFolderIsNamedIn) {
  const TempFolder folder;
  std::filesystem::create_directory_symlink(folder.path() / "real", folder.path() / "link");
  std::filesystem::create_directory(folder.path() / "real");
  for (const char* name : {"link", "a/", "./b/../c"}) {
    auto staging = Staging::beside(folder.path() / name);
    ASSERT_TRUE(staging) << name;
    ASSERT_TRUE(write_file(staging->path() / "file", kContent, 0600));
    EXPECT_TRUE(staging->publish()) << name;
  }
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "link"));
  for (const char* name : {"real/file", "a/file", "c/file"}) {
    EXPECT_EQ(read_file(folder.path() / name), "new") << name;
  }
}

TEST(Staging, PublishingNeverOverwrites) {
  const TempFolder folder;
  auto staging = Staging::beside(folder.path() / "set");
  ASSERT_TRUE(staging);
  write_text(folder.path() / "set/file", "old");
  EXPECT_FALSE(staging->publish());
  EXPECT_EQ(read_file(folder.path() / "set/file"), "old");
}

TEST(Staging, ReplacingLeavesOnlyTheNew) {
  const TempFolder folder;
  write_text(folder.path() / "set/old", "old");
  auto staging = Staging::beside(folder.path() / "set");
  ASSERT_TRUE(staging);
  ASSERT_TRUE(write_file(staging->path() / "file", kContent, 0600));
  ASSERT_TRUE(staging->replace());
  EXPECT_THAT(folder.names(), ElementsAre("set"));
  EXPECT_EQ(read_file(folder.path() / "set/file"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "set/old"));
}

TEST(Staging, AFailedReplacementKeepsTheOld) {
  const TempFolder folder;
  write_text(folder.path() / "set/old", "old");
  auto staging = Staging::beside(folder.path() / "set");
  ASSERT_TRUE(staging);
  std::filesystem::remove_all(staging->path());
  EXPECT_FALSE(staging->replace());
  EXPECT_THAT(folder.names(), ElementsAre("set"));
  EXPECT_EQ(read_file(folder.path() / "set/old"), "old");
}

TEST(Staging, AMissingParentIsAnError) {
  const TempFolder folder;
  EXPECT_FALSE(Staging::beside(folder.path() / "none/set"));
}

TEST(WriteFile, MakesANewFileWithItsMode) {
  const TempFolder folder;
  const auto file = folder.path() / "file";
  ASSERT_TRUE(write_file(file, kContent, 0600));
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(write_file(file, kContent, 0600)) << "it exists";
}

}  // namespace
}  // namespace vscard::certs_test
