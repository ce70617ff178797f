#include "cards/recording/reader.hpp"

#include "cards/recording/read.hpp"
#include "tests/fakes/card_reader.hpp"
#include "tests/fakes/card_user.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>

namespace vscard::cards::recording {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Secrets = Options::Secrets;

/// Of a line, what is between its card and its end, without the names for people.
std::string content(const std::string& line) {
  const std::size_t begin = line.find(R"("card":"a",)") + 11;
  return line.substr(begin, line.find(R"(,"name")") - begin);
}

class RecordedCard : public testing::Test {
 protected:
  Result<std::unique_ptr<Reader>> open(Secrets secrets = Secrets::Blank) {
    return Reader::open(io_.get_executor(), {.path = path_, .secrets = secrets}, "a", card_,
                        [this](const std::string& line) { warnings_.push_back(line); });
  }
  void start(Secrets secrets = Secrets::Blank) {
    reader_ = open(secrets).value();
    user_.emplace(io_, *reader_);
    user_->hears_now();
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  /// Behind the header.
  std::vector<std::string> contents() const {
    std::vector<std::string> contents;
    for (const std::string& line : lines()) contents.push_back(content(line));
    contents.erase(contents.begin());
    return contents;
  }

  test::TempFolder folder_;
  const std::string path_ = folder_.path() / "a.jsonl";
  asio::io_context io_{1};
  fakes::FakeCard card_;
  std::vector<std::string> warnings_;
  std::unique_ptr<Reader> reader_;
  std::optional<fakes::CardUser> user_;
};

TEST_F(RecordedCard, IsWrittenDownAsItIsUsed) {
  start();
  EXPECT_EQ(user_->answer("00a40000"), "00a400009000");
  card_.next(fakes::CardFault::Fails);
  EXPECT_EQ(user_->answer("00b00000"), "failed");
  user_->reset();
  user_->hears(1);
  card_.reset_by_another();
  card_.next(fakes::CardFault::Removed);
  user_->send("00b00000");
  user_->hears(2);
  user_->reset();
  user_->hears(1);
  card_.insert(fakes::kAtr);
  EXPECT_THAT(
      contents(),
      ElementsAre(R"("event":"inserted","atr":"3b00"})", R"("command":"00a40000")",
                  R"("response":"00a400009000"})", R"("command":"00b00000")",
                  R"("response":null,"why":"failed"})", R"("event":"reset","atr":"3b00"})",
                  R"("event":"other-reset","atr":"3b00"})", R"("command":"00b00000")",
                  R"("event":"removed"})", R"("response":null,"why":"no card"})",
                  R"("event":"reset"})", R"("event":"inserted","atr":")" + fakes::kAtr + "\"}"));
  EXPECT_TRUE(read_recording(path_));
  EXPECT_TRUE(reader_->info().verbatim);
  EXPECT_THAT(warnings_, IsEmpty());
}

// It may be what the card does not survive.
TEST_F(RecordedCard, ShowsTheCommandThatItIsAtWorkOn) {
  start();
  card_.next(fakes::CardFault::Mute);
  user_->send("00b00000");
  user_->hears_now();
  EXPECT_EQ(contents().back(), R"("command":"00b00000")");
}

TEST_F(RecordedCard, KeepsItsPin) {
  start();
  user_->answer("0020008008" + std::string("3132333435363738"));
  EXPECT_THAT(test::read_file(path_), Not(HasSubstr("313233")));
  EXPECT_THAT(lines().at(2),
              HasSubstr(R"("command":"00200080000000000000000000","blank":)"
                        R"({"from":4,"bytes":9},"name":"VERIFY","object":"PIN 80"})"));
  EXPECT_THAT(lines().at(3), HasSubstr(R"("blank":{"from":0,"bytes":13})"));
}

// The tests have no terminal, or one that nobody looks at.
TEST_F(RecordedCard, GivesItsPinAwayIfThatIsSaidTwice) {
  start(Secrets::WrittenUnattended);
  user_->answer("00200080083132333435363738");
  EXPECT_THAT(lines().at(0), HasSubstr(R"("secrets":"written")"));
  EXPECT_THAT(contents().at(1), HasSubstr("00200080083132333435363738"));
  EXPECT_THAT(warnings_, ElementsAre("PINs and keys are written to " + path_));
}

TEST_F(RecordedCard, KeepsItsPinWhereNobodyIsWarned) {
  testing::internal::CaptureStderr();  // no terminal
  const auto opened = open(Secrets::Written);
  testing::internal::GetCapturedStderr();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr("say record-secrets=yes-really"));
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(RecordedCard, IsNobodyElsesBusiness) {
  start();
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(RecordedCard, GoesOnWhereAProgramWasKilled) {
  test::write_text(path_, R"({"format":"vscard recording","version":1,"time":1,"card":"a"})"
                          "\n{\"time\":1,");
  start();
  EXPECT_THAT(lines().at(1), R"({"time":1,)");
  const auto recording = read_recording(path_);
  ASSERT_TRUE(recording) << recording.error().text;
  EXPECT_EQ(recording->cut_off, 2U);
  EXPECT_EQ(recording->lines.size(), 3U) << "two headers, and the card";
}

TEST_F(RecordedCard, HasAFileOfItsOwn) {
  start();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text, path_ + ": another card is recorded there");
}

TEST_F(RecordedCard, NeedsAFileThatCanBeWritten) {
  EXPECT_FALSE(Reader::open(io_.get_executor(), {.path = folder_.path()}, "a", card_, {}));
  const std::string fifo = folder_.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto into_fifo = Reader::open(io_.get_executor(), {.path = fifo}, "a", card_, {});
  ASSERT_FALSE(into_fifo);
  EXPECT_EQ(into_fifo.error().text, fifo + ": not a regular file");
  // What it leads to could be any file of this user's.
  const std::string link = folder_.path() / "link";
  std::filesystem::create_symlink(folder_.path() / "target", link);
  const auto into_link = Reader::open(io_.get_executor(), {.path = link}, "a", card_, {});
  ASSERT_FALSE(into_link);
  EXPECT_EQ(into_link.error().text, link + ": not a regular file");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "target"));
  EXPECT_FALSE(
      Reader::open(io_.get_executor(), {.path = folder_.path() / "none" / "a"}, "a", card_, {}));
}

/// Files may be no larger: a disk that is full, for this process.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = size, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(RecordedCard, GoesOnWithoutARecordingWhenTheDiskIsFull) {
  start();
  {
    const FullDisk full(std::filesystem::file_size(path_) + 100);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(user_->answer("00a40000"), "00a400009000");
  }
  EXPECT_EQ(user_->answer("00a40000"), "00a400009000");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_.front(), HasSubstr("the recording ends here: " + path_ + ": "));
  const auto recording = read_recording(path_);
  ASSERT_TRUE(recording) << recording.error().text;
  EXPECT_GT(recording->cut_off, 0U);
  EXPECT_EQ(recording->lines.size() + 1, lines().size());
}

TEST(RecordingFiles, AreReadOrRefused) {
  const test::TempFolder folder;
  EXPECT_FALSE(read_recording(folder.path()));
  const std::string none = folder.path() / "none";
  const auto absent = read_recording(none);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().text, none + ": No such file or directory");
  const std::string wrong = folder.path() / "wrong";
  test::write_text(wrong, "what\n");
  EXPECT_EQ(read_recording(wrong).error().text, wrong + ":1: not a JSON object");
  std::filesystem::resize_file(wrong, kMaxRecording + 1);
  EXPECT_THAT(read_recording(wrong).error().text, HasSubstr("larger than a recording"));
}

}  // namespace
}  // namespace vscard::cards::recording
