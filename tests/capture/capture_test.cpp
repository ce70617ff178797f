#include "capture/capture.hpp"

#include "async/spawn.hpp"
#include "program/log.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <sys/resource.h>

namespace vscard::capture {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Capturing : public testing::Test {
 protected:
  Capturing() {
    log::start("tool");
    log::set_level(log::Level::Warning);
  }
  void add(InterfaceId id, const std::string& hex) {
    const auto bytes = fakes::from_hex(hex);
    capture_.add(id, {.when = now(), .head = {}, .body = bytes});
  }
  /// Runs what is due until `done`.
  void run_until(const std::function<bool()>& done) {
    while (!done()) io_.run_one();
  }
  std::uintmax_t size() const { return fs::file_size(path_); }

  const test::TempFolder folder_;
  const fs::path path_ = folder_.path() / "a.pcapng";
  asio::io_context io_;
  Capture capture_{Spec{.file = path_}};
};

TEST_F(Capturing, WritesWhileItRuns) {
  ASSERT_TRUE(capture_.open());
  const auto begun = size();
  EXPECT_GT(begun, 0U) << "a file is one from its beginning";
  async::spawn(io_.get_executor(), capture_.run());
  const auto id = capture_.add({.link = LinkType::UpperPdu, .name = "alice"});
  add(id, "00a40000");
  run_until([&] { return size() > begun; });
  EXPECT_THAT(test::read_file(path_), HasSubstr("alice"));
  const auto first = size();
  add(id, "9000");
  run_until([&] { return size() > first; });
}

TEST_F(Capturing, WritesTheRestAtItsEnd) {
  ASSERT_TRUE(capture_.open());
  const auto id = capture_.add({.link = LinkType::UpperPdu, .name = "alice"});
  add(id, "00a40000");
  capture_.close();
  const std::string file = test::read_file(path_);
  EXPECT_THAT(file, HasSubstr("alice"));
  EXPECT_THAT(file, HasSubstr(std::string("\x05\x00\x00\x00\x34", 5))) << "the statistics";
}

TEST_F(Capturing, SaysWhyItCannotBegin) {
  fs::create_directory(path_);
  const auto opened = capture_.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text, "capture: " + path_.string() + ": not a regular file");
}

TEST_F(Capturing, EndsWithOneLineWhereTheDiskIsFull) {
  ASSERT_TRUE(capture_.open());
  const auto begun = size();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little{.rlim_cur = 300,  // the line has less
                      .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  testing::internal::CaptureStderr();
  bool ended = false;
  async::spawn(io_.get_executor(), capture_.run(), [&ended] { ended = true; });
  const auto id = capture_.add({.link = LinkType::UpperPdu, .name = "alice"});
  add(id, std::string(1000, '0'));
  run_until([&] { return ended; });
  for (int i = 0; i < 3; ++i) add(id, "00a40000");
  capture_.add({.link = LinkType::UpperPdu, .name = "bob"});
  capture_.remove(id);
  capture_.close();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(),
      "tool: error: capture: " + path_.string() + ": File too large; nothing more is captured\n");
  EXPECT_EQ(size(), begun + 44) << "the block of the interface is whole";
}

}  // namespace
}  // namespace vscard::capture
