#include "capture/files.hpp"

#include "capture/pcapng.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <vector>

namespace vscard::capture {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

protocol::Bytes bytes_of(std::string_view text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

constexpr std::string_view kSection = "\x0a\x0d\x0d\x0a";

class CaptureFiles : public testing::Test {
 protected:
  std::string begin(Files& files) const {
    const auto begun = files.begin();
    return begun ? "" : begun.error().text.substr(path_.string().size() + 2);
  }
  /// "NAME: CONTENT", in their order.
  std::vector<std::string> all() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      found.push_back(entry.path().filename().string() + ": " + test::read_file(entry.path()));
    }
    std::ranges::sort(found);
    return found;
  }
  const test::TempFolder folder_;
  const fs::path path_ = folder_.path() / "login.pcapng";
};

TEST_F(CaptureFiles, AreForThisUserAlone) {
  Files files(path_, 1);
  ASSERT_EQ(begin(files), "");
  ASSERT_TRUE(files.write(bytes_of("one")));
  ASSERT_TRUE(files.write(bytes_of("two")));
  EXPECT_THAT(all(), ElementsAre("login.pcapng: onetwo"));
  struct stat file{};
  ASSERT_EQ(::stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

TEST_F(CaptureFiles, TakeThePlaceOfAnOldOne) {
  std::ofstream(path_) << kSection << "old";
  fs::permissions(path_, fs::perms::others_read, fs::perm_options::add);
  Files files(path_, 1);
  ASSERT_EQ(begin(files), "");
  EXPECT_THAT(all(), ElementsAre("login.pcapng: "));
  EXPECT_EQ(fs::status(path_).permissions() & fs::perms::others_read, fs::perms::none);
}

TEST_F(CaptureFiles, LeaveAFileThatIsNoCapture) {
  std::ofstream(path_) << "a card";
  Files files(path_, 1);
  EXPECT_EQ(begin(files), "not a pcapng file, so it is left as it is");
  EXPECT_THAT(all(), ElementsAre("login.pcapng: a card"));
}

TEST_F(CaptureFiles, LeaveACaptureThatIsBeingWritten) {
  Files first(path_, 1);
  ASSERT_EQ(begin(first), "");
  Files second(path_, 1);
  EXPECT_EQ(begin(second), "another program writes its capture there");
  ASSERT_EQ(begin(first), "") << "its own";
}

TEST_F(CaptureFiles, GetOlder) {
  Files files(path_, 3);
  for (const char* content : {"a", "b", "c", "d"}) {
    ASSERT_EQ(begin(files), "");
    ASSERT_TRUE(files.write(bytes_of(content)));
  }
  EXPECT_THAT(all(), ElementsAre("login.1.pcapng: c", "login.2.pcapng: b", "login.pcapng: d"));
}

TEST_F(CaptureFiles, KeepTheirAgeWhereOneIsMissing) {
  Files files(path_, 3);
  ASSERT_EQ(begin(files), "");
  ASSERT_TRUE(files.write(bytes_of("a")));
  fs::remove(path_);
  ASSERT_EQ(begin(files), "");
  ASSERT_EQ(begin(files), "");
  EXPECT_THAT(all(), ElementsAre("login.1.pcapng: ", "login.pcapng: "));
}

TEST_F(CaptureFiles, FollowNoLink) {
  const fs::path other = folder_.path() / "theirs";
  std::ofstream(other) << "theirs";
  fs::create_symlink(other, path_);
  Files files(path_, 2);
  EXPECT_EQ(begin(files), "not a regular file");
  EXPECT_EQ(test::read_file(other), "theirs");
  EXPECT_TRUE(fs::is_symlink(path_));
}

TEST_F(CaptureFiles, TakeThePlaceOfNothingElse) {
  Files files(path_, 1);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(begin(files), "not a regular file");
  fs::remove(path_);
  fs::create_directory(path_);
  EXPECT_EQ(begin(files), "not a regular file");
}

TEST_F(CaptureFiles, NeedAFolder) {
  Files files(folder_.path() / "none" / "a", 1);
  const auto begun = files.begin();
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().text,
            (folder_.path() / "none" / "a").string() + ": No such file or directory");
}

TEST_F(CaptureFiles, EndWithAWholeBlockWhereTheDiskIsFull) {
  Container blocks;
  append(blocks, InterfaceBlock{.link = LinkType::UpperPdu, .name = "a"});
  const std::size_t one = blocks.size();
  for (int i = 0; i < 3; ++i)
    append(blocks, InterfaceBlock{.link = LinkType::UpperPdu, .name = "b"});
  Files files(path_, 1);
  ASSERT_EQ(begin(files), "");
  ASSERT_TRUE(files.write(protocol::Bytes(blocks).first(one)));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little{.rlim_cur = 3 * one + 1, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  const auto written = files.write(protocol::Bytes(blocks).subspan(one));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().text, path_.string() + ": File too large");
  const std::string file = test::read_file(path_);
  EXPECT_EQ(file, std::string(blocks.begin(), blocks.begin() + static_cast<long>(3 * one)));
}

}  // namespace
}  // namespace vscard::capture
