#include "pcsc-bridge/run/kept_folder.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRoom = 13;  ///< "/p/pcscd.comm"

// NOLINTBEGIN(concurrency-mt-unsafe): no thread
/// Where the folder is with this $TMPDIR.
fs::path parent_with(const fs::path& folder) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", folder.c_str(), 1);
  const auto made = KeptFolder::make(kRoom).value();
  if (kept.empty()) ::unsetenv("TMPDIR");
  if (!kept.empty()) ::setenv("TMPDIR", kept.c_str(), 1);
  return made.path().parent_path();
}
// NOLINTEND(concurrency-mt-unsafe)

/// A folder in this one whose path has so many bytes.
fs::path of_length(const fs::path& folder, std::size_t bytes) {
  const fs::path path = folder / std::string(bytes - folder.native().size() - 1, 'x');
  fs::create_directory(path);
  return path;
}

TEST(KeptFolder, IsGoneWithItsObject) {
  fs::path path;
  {
    const auto folder = KeptFolder::make(kRoom).value();
    path = folder.path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    fs::create_directories(path / "a/b");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(KeptFolder, IsForItsUserAloneWhateverTheUmask) {
  const mode_t before = ::umask(0);
  const auto folder = KeptFolder::make(kRoom).value();
  ::umask(before);
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms::owner_all);
}

TEST(KeptFolder, HasRoomForTheLongestSocket) {
  const test::TempFolder temp;
  // 107 bytes less "/pcsc-bridge-XXXXXX" and the room below.
  const fs::path longest = of_length(temp.path(), 75);
  EXPECT_EQ(parent_with(longest), longest);
  EXPECT_EQ(parent_with(of_length(temp.path(), 76)), "/tmp");
  EXPECT_EQ(parent_with(of_length(temp.path(), 78)), "/tmp");
}

TEST(KeptFolder, IsNotWhereOtherUsersCouldReplaceIt) {
  const test::TempFolder temp;
  const fs::path inner = temp.path() / "inner";
  fs::create_directory(inner);
  for (const fs::path& folder : {temp.path(), inner}) {
    SCOPED_TRACE(folder);
    for (const fs::perms writers : {fs::perms::group_write, fs::perms::others_write}) {
      fs::permissions(temp.path(), fs::perms::owner_all | writers);
      EXPECT_EQ(parent_with(folder), "/tmp");
      fs::permissions(temp.path(), fs::perms::owner_all | writers | fs::perms::sticky_bit);
      EXPECT_EQ(parent_with(folder), folder);
    }
  }
}

// Nobody can change where a link leads if it is not followed again.
TEST(KeptFolder, IsWhereALinkLeads) {
  const test::TempFolder temp;
  fs::create_directory(temp.path() / "inner");
  fs::create_directory_symlink("inner", temp.path() / "link");
  EXPECT_EQ(parent_with(temp.path() / "link"), temp.path() / "inner");
}

TEST(KeptFolder, IsNotInAFolderOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  constexpr uid_t kNobody = 65534;
  const test::TempFolder temp;
  const fs::path inner = temp.path() / "inner";
  fs::create_directory(inner);
  ASSERT_EQ(::chown(temp.path().c_str(), kNobody, 0), 0);
  EXPECT_EQ(parent_with(temp.path()), "/tmp");
  EXPECT_EQ(parent_with(inner), "/tmp");
}

// Its keeper works in another folder than this process.
TEST(KeptFolder, IsGoneAlsoFromARelativeFolder) {
  const test::TempFolder temp;
  const fs::path before = fs::current_path();
  fs::current_path(temp.path());
  EXPECT_EQ(parent_with("."), temp.path());
  fs::current_path(before);
  EXPECT_THAT(temp.names(), testing::IsEmpty());
}

TEST(KeptFolder, IsGoneWithItsProcessHoweverThatEnds) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto folder = KeptFolder::make(kRoom);
    const std::string path = folder->path().string();
    if (::write(pipe[1], path.data(), path.size()) < 0) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  ::close(pipe[1]);
  std::string path(4096, '\0');
  path.resize(static_cast<std::size_t>(::read(pipe[0], path.data(), path.size())));
  ASSERT_TRUE(path.find("pcsc-bridge-") != std::string::npos) << path;
  ::waitpid(pid, nullptr, 0);
  ::close(pipe[0]);
  // Its keeper is nobody's child here: all that can be done is to look again.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (fs::exists(path) && std::chrono::steady_clock::now() < until) ::poll(nullptr, 0, 1);
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace vscard::pcsc_bridge::run
