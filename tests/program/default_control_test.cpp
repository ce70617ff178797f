// Where a program listens for commands if nobody says where, and whether that is safe.

#include "program/default_control.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sys/stat.h>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DefaultControl : public testing::Test {
 protected:
  DefaultControl() {
    if (const char* before = std::getenv("XDG_RUNTIME_DIR")) before_ = before;
    use(folder_.path());
  }
  ~DefaultControl() override {
    before_ ? use(*before_) : static_cast<void>(::unsetenv("XDG_RUNTIME_DIR"));
  }
  static void use(const fs::path& path) { ::setenv("XDG_RUNTIME_DIR", path.c_str(), 1); }
  static mode_t mode_of(const fs::path& path) {
    struct stat found{};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return found.st_mode & 07777;
  }
  fs::path sockets() const { return folder_.path() / "vscard"; }
  std::string address() const { return "unix:" + (sockets() / "tool.sock").string(); }

  test::TempFolder folder_;
  std::optional<std::string> before_;
};

TEST_F(DefaultControl, IsInAFolderOfTheUsersAlone) {
  EXPECT_EQ(default_control("tool"), address());
  ASSERT_TRUE(make_folder_of(address()));
  EXPECT_EQ(mode_of(sockets()), 0700U);
  EXPECT_TRUE(make_folder_of(address())) << "the next program";
}

TEST_F(DefaultControl, NeedsTheUsersFolder) {
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(default_control("tool").error().text, "XDG_RUNTIME_DIR is not set");
  use("/nowhere");
  EXPECT_EQ(default_control("tool").error().text,
            "XDG_RUNTIME_DIR is '/nowhere', which is not a folder of this user's alone");
  use("");
  EXPECT_FALSE(default_control("tool"));
}

TEST_F(DefaultControl, IsNotWhereOthersCanWrite) {
  ::chmod(folder_.path().c_str(), 0777);
  EXPECT_FALSE(default_control("tool"));
  const fs::path link = folder_.path() / "link";
  fs::create_symlink("/root", link);
  use(link);
  EXPECT_FALSE(default_control("tool"));
  if (::getuid() != 0) return;
  ::chmod(folder_.path().c_str(), 0700);
  use(folder_.path());
  ASSERT_EQ(::chown(folder_.path().c_str(), 65534, 65534), 0);
  EXPECT_FALSE(default_control("tool")) << "it is another user's";
  ASSERT_EQ(::chown(folder_.path().c_str(), 0, 0), 0);
}

TEST_F(DefaultControl, DoesNotUseAFolderThatOthersMade) {
  fs::create_directory(sockets());
  ::chmod(sockets().c_str(), 0777);
  EXPECT_THAT(make_folder_of(address()).error().text, HasSubstr("not a folder of this user's"));
  fs::remove(sockets());
  fs::create_symlink("/tmp", sockets());
  EXPECT_THAT(make_folder_of(address()).error().text, HasSubstr("not a folder of this user's"));
}

TEST_F(DefaultControl, IsNoneWhereAnAddressCannotName) {
  const fs::path odd = folder_.path() / "a,mode=0666";
  fs::create_directory(odd);
  use(odd);
  EXPECT_FALSE(default_control("tool"));
  const fs::path longer = folder_.path() / std::string(100, 'x');
  fs::create_directory(longer);
  use(longer);
  EXPECT_FALSE(default_control("tool"));
}

}  // namespace
}  // namespace vscard::program
