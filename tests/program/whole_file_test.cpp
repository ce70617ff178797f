#include "program/whole_file.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

class WholeFiles : public testing::Test {
 protected:
  std::string write(const std::string& text, mode_t mode = 0640) {
    const auto written = write_whole_file(path_, text, mode);
    return written ? "" : written.error().text;
  }
  /// What is in the folder, without what the test has put there.
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator());
  }
  const test::TempFolder folder_;
  const fs::path path_ = folder_.path() / "file";
  const fs::path other_ = folder_.path() / "other";
};

TEST_F(WholeFiles, AreWrittenWithTheirMode) {
  EXPECT_EQ(write("a letter"), "");
  EXPECT_EQ(test::read_file(path_), "a letter");
  struct stat file{};
  ASSERT_EQ(::stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0640U);
  EXPECT_EQ(files(), 1);
}

TEST_F(WholeFiles, TakeThePlaceOfOldOnes) {
  std::ofstream(path_) << "a longer letter";
  EXPECT_EQ(write("a letter"), "");
  EXPECT_EQ(test::read_file(path_), "a letter");
  EXPECT_EQ(files(), 1);
}

TEST_F(WholeFiles, TakeThePlaceOfNothingElse) {
  std::ofstream(other_) << "theirs";
  fs::create_symlink(other_, path_);
  EXPECT_EQ(write("a letter"), "not a regular file");
  EXPECT_TRUE(fs::is_symlink(path_));
  EXPECT_EQ(test::read_file(other_), "theirs");
  fs::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(write("a letter"), "not a regular file");
  EXPECT_TRUE(fs::is_fifo(path_));
}

TEST_F(WholeFiles, LeaveNoPartsWhereTheDiskIsFull) {
  std::ofstream(path_) << "old";
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little{.rlim_cur = 4, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  const std::string error = write("a letter");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(error, "File too large");
  EXPECT_EQ(test::read_file(path_), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(WholeFiles, AreRemovedByThoseWhoMadeThem) {
  const auto first = write_whole_file(path_, "first", 0600);
  const auto second = write_whole_file(path_, "second", 0600);
  remove_file(path_, first.value());
  EXPECT_EQ(test::read_file(path_), "second");
  remove_file(path_, second.value());
  EXPECT_EQ(files(), 0);
  remove_file(path_, second.value());
}

}  // namespace
}  // namespace vscard::program
