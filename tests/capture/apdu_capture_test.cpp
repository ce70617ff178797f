#include "capture/apdu_capture.hpp"

#include "capture/program_capture.hpp"
#include "program/apdu_trail.hpp"
#include "program/log.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace vscard::capture {
namespace {

using fakes::from_hex;
using testing::HasSubstr;
using testing::Not;

class ApduCapturing : public testing::Test {
 protected:
  ApduCapturing() { log::set_level(log::Level::Off); }
  std::string file() {
    capture_.close();
    return test::read_file(path_);
  }
  const test::TempFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "a.pcapng";
  asio::io_context io_;
  program::Watchers watchers_;
  ProgramCapture capture_{{.file = path_}, watchers_};
  program::ApduTrail alice_{"card", "alice", watchers_};
  program::ApduTrail bob_{"card", "bob", watchers_};
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST_F(ApduCapturing, NamesAnInterfaceForEachCard) {
  ASSERT_TRUE(capture_.open(io_.get_executor()));
  for (int i = 0; i < 2; ++i) {
    alice_.command(from_hex("00a40000"));
    alice_.response(from_hex("9000"));
    bob_.command(from_hex("00b0000000"));
    bob_.no_answer();
  }
  const std::string all = file();
  EXPECT_EQ(count(all, "alice"), 1U);
  EXPECT_EQ(count(all, "bob"), 1U);
  EXPECT_EQ(count(all, "iso7816"), 8U);
  EXPECT_EQ(count(all, "no answer"), 2U);
}

TEST_F(ApduCapturing, HasNoPin) {
  ASSERT_TRUE(capture_.open(io_.get_executor()));
  alice_.command(from_hex("00200080083132333435363738"));
  alice_.response(from_hex("9000"));
  const std::string all = file();
  EXPECT_THAT(all, HasSubstr(std::string(kBlanked)));
  EXPECT_THAT(all, Not(HasSubstr("1234")));
}

TEST_F(ApduCapturing, SeesNothingBeforeAndAfter) {
  alice_.command(from_hex("00a40000"));
  ASSERT_TRUE(capture_.open(io_.get_executor()));
  EXPECT_TRUE(watchers_.tapped());
  const std::string all = file();
  EXPECT_FALSE(watchers_.tapped());
  EXPECT_THAT(all, Not(HasSubstr("alice")));
}

TEST_F(ApduCapturing, BeginsAnewWithTooManyNames) {
  ASSERT_TRUE(capture_.open(io_.get_executor()));
  for (std::size_t i = 0; i <= ApduCapture::kMaxNames; ++i) {
    program::ApduTrail("reader", "x" + std::to_string(i) + "x", watchers_)
        .command(from_hex("00a40000"));
  }
  program::ApduTrail("reader", "x0x", watchers_).command(from_hex("00a40000"));
  const std::string all = file();
  EXPECT_EQ(count(all, "x0x"), 2U);
  EXPECT_EQ(count(all, "x256x"), 1U);
}

}  // namespace
}  // namespace vscard::capture
