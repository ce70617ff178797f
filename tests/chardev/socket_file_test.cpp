#include "chardev/socket_file.hpp"

#include "tests/peer/raw_socket.hpp"
#include "tests/peer/service_filter.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vscard::chardev {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMayNot =
    "this process may not give the socket to user= or group=: Operation not permitted";

mode_t mode_of(const fs::path& path) {
  struct stat file{};
  EXPECT_EQ(::stat(path.c_str(), &file), 0);
  return file.st_mode & kAccessMode;
}

class SocketFiles : public testing::Test {
 protected:
  std::string give(const fs::path& path, const SocketAccess& access = {.mode = 0666}) {
    auto file = SocketFile::at(path).value();
    const auto given = file.give(access);
    if (given) kept_.push_back(std::move(file));
    return given ? "" : given.error().text;
  }
  /// The owner of the folder has another in its place, with a file of the socket's name.
  void swap_folder() const {
    fs::rename(place_, folder_.path() / "moved");
    fs::create_directory(folder_.path() / "elsewhere");
    std::ofstream(folder_.path() / "elsewhere/socket") << "precious";
    fs::create_directory_symlink("elsewhere", place_);
  }
  const test::TempFolder folder_;
  const fs::path place_ = make(folder_.path() / "place");
  const fs::path socket_ = place_ / "socket";
  const fs::path other_ = folder_.path() / "other";

 private:
  static fs::path make(const fs::path& folder) {
    fs::create_directory(folder);
    return folder;
  }
  std::vector<SocketFile> kept_;
};

/// While there is one, no descriptor can be opened.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit_), 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = limit_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit_), 0); }

 private:
  rlimit limit_{};
};

TEST_F(SocketFiles, GetTheirMode) {
  const auto listener = test::RawListener::on_unix(socket_);
  EXPECT_EQ(give(socket_, {.mode = 0642}), "");
  EXPECT_EQ(mode_of(socket_), 0642U);
}

TEST_F(SocketFiles, GetTheirOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "root alone gives files away";
  const auto listener = test::RawListener::on_unix(socket_);
  EXPECT_EQ(give(socket_, {.mode = 0600, .user = 65534, .group = 65533}), "");
  struct stat file{};
  ASSERT_EQ(::stat(socket_.c_str(), &file), 0);
  EXPECT_EQ(file.st_uid, 65534U);
  EXPECT_EQ(file.st_gid, 65533U);
}

// What the owner of the folder may put in the place of the socket.
TEST_F(SocketFiles, ThatAreSomethingElseByNowAreLeftAlone) {
  std::ofstream(other_) << "not a socket";
  fs::permissions(other_, fs::perms::owner_read);
  const auto listener = test::RawListener::on_unix(folder_.path() / "theirs");
  fs::permissions(folder_.path() / "theirs", fs::perms::owner_read);
  const std::vector<std::function<void()>> replacements{
      [&] { fs::create_symlink(other_, socket_); },
      [&] { fs::create_symlink(folder_.path() / "theirs", socket_); },
      [&] { fs::create_hard_link(other_, socket_); },
      [&] { fs::create_hard_link(folder_.path() / "theirs", socket_); },
      [&] { fs::create_directory(socket_); },
      [] {}};
  for (const auto& replace : replacements) {
    replace();
    EXPECT_EQ(give(socket_), "another user replaced the socket file");
    fs::remove(socket_);
  }
  EXPECT_EQ(mode_of(other_), 0400U);
  EXPECT_EQ(mode_of(folder_.path() / "theirs"), 0400U);
}

TEST_F(SocketFiles, AreRemovedIfThereIsNoDescriptor) {
  const auto listener = test::RawListener::on_unix(socket_);
  auto file = SocketFile::at(socket_).value();
  const auto given = [&file] {
    const NoDescriptors none;
    return file.give({.mode = 0666});
  }();
  EXPECT_EQ(given.error().text, "Too many open files");
  EXPECT_FALSE(fs::exists(socket_));
}

TEST_F(SocketFiles, AreGoneWithTheirObjectWhateverTheirFolderIsCalled) {
  const auto listener = test::RawListener::on_unix(socket_);
  {
    auto file = SocketFile::at(socket_).value();
    EXPECT_TRUE(file.give({.mode = 0600}));
    swap_folder();
    fs::remove(socket_);
    fs::create_hard_link(folder_.path() / "moved/socket", socket_);
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "moved/socket"));
  EXPECT_TRUE(fs::exists(socket_));
}

TEST_F(SocketFiles, AreNotRemovedInAnotherFolderWhenTheyCannotBeGiven) {
  const auto listener = test::RawListener::on_unix(socket_);
  auto file = SocketFile::at(socket_).value();
  swap_folder();
  const auto given = [&file] {
    const NoDescriptors none;
    return file.give({.mode = 0666});
  }();
  EXPECT_EQ(given.error().text, "Too many open files");
  EXPECT_FALSE(fs::exists(folder_.path() / "moved/socket"));
  EXPECT_EQ(test::read_file(socket_), "precious");
}

TEST_F(SocketFiles, ThatNobodyListensOnAreRemovedWhereTheyWereFound) {
  {
    const auto killed = test::RawListener::on_unix(socket_);
  }
  ASSERT_TRUE(fs::exists(socket_));
  const auto file = SocketFile::at(socket_).value();
  file.remove_stale([] { return false; });
  EXPECT_TRUE(fs::exists(socket_));
  file.remove_stale([this] {
    swap_folder();
    return true;
  });
  EXPECT_FALSE(fs::exists(folder_.path() / "moved/socket"));
  EXPECT_EQ(test::read_file(socket_), "precious");
}

TEST_F(SocketFiles, ThatCannotBeGivenAreRemoved) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can give every file";
  const auto listener = test::RawListener::on_unix(socket_);
  EXPECT_EQ(give(socket_, {.mode = 0600, .user = 0}), kMayNot);
  EXPECT_FALSE(fs::exists(socket_));
}

/// What give() returns in a child process under the filter of a hardened service; or how that died.
class HardenedSocketFiles : public SocketFiles {
 protected:
  std::string give_confined(const SocketAccess& access) {
    const fs::path result = folder_.path() / "result";
    const pid_t child = ::fork();
    if (child == 0) {
      if (!test::forbid_privileged_calls()) ::_exit(1);
      test::write_text(result, give(socket_, access));
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0 ? test::read_file(result) : "ended with " + std::to_string(status);
  }
};

TEST_F(HardenedSocketFiles, GetTheirMode) {
  const auto listener = test::RawListener::on_unix(socket_);
  fs::permissions(socket_, fs::perms::owner_read);
  EXPECT_EQ(give_confined({.mode = 0660}), "");
  EXPECT_EQ(mode_of(socket_), 0660U);
}

TEST_F(HardenedSocketFiles, AreNotGivenToOthers) {
  for (const SocketAccess& access : {SocketAccess{.user = 65534}, SocketAccess{.group = 65534}}) {
    const auto listener = test::RawListener::on_unix(socket_);
    EXPECT_EQ(give_confined(access), kMayNot);
    EXPECT_FALSE(fs::exists(socket_));
  }
}

// As in a folder whose files belong to its group.
TEST_F(HardenedSocketFiles, MayBelongToThoseAlready) {
  const auto listener = test::RawListener::on_unix(socket_);
  EXPECT_EQ(give_confined({.mode = 0660, .user = ::geteuid(), .group = ::getegid()}), "");
  EXPECT_EQ(mode_of(socket_), 0660U);
}

}  // namespace
}  // namespace vscard::chardev
