// Commands that come from standard input, and what ends them.

#include "vscclient/console.hpp"

#include "async/spawn.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace vscard::vscclient {
namespace {

class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() : kept_input_(::dup(STDIN_FILENO)) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    input_ = ends[1];
  }
  ~ConsoleTest() override {
    end_input();
    ::dup2(kept_input_, STDIN_FILENO);
    ::close(kept_input_);
  }

  void run() {
    async::spawn(io_.get_executor(), console_.run(), [this] { ended_ = true; });
    poll();
  }
  void type(const std::string& text) {
    EXPECT_EQ(::write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end_input() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
  }
  /// What it prints because of what was typed.
  std::string printed() {
    testing::internal::CaptureStdout();
    poll();
    return testing::internal::GetCapturedStdout();
  }
  std::string printed(const std::string& text) {
    type(text);
    return printed();
  }
  void poll() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_{1};
  program::CommandTable commands_{std::vector<program::Command>{
      {.name = "say",
       .usage = "[WORD]...",
       .text = "them",
       .run = [](const program::Words& words) -> Result<std::string> {
         return words.empty() ? "" : words.back();
       }},
      {.name = "fail",
       .usage = "",
       .text = "always",
       .run = [](const program::Words&) -> Result<std::string> { return std::unexpected("no"); }},
      {.name = "watch",
       .usage = "",
       .text = "for ever",
       .run = [](const program::Words&) -> Result<program::Lines> {
         return std::make_shared<program::LineQueue>();
       }}}};
  Console console_{io_.get_executor(), commands_};
  bool ended_ = false;
  int kept_input_;
  int input_ = -1;  ///< its other end
};

TEST_F(ConsoleTest, AnswersEachLine) {
  run();
  EXPECT_EQ(printed("say a\n"), "a\n");
  EXPECT_EQ(printed("say 'b c'\nfail\nsay d\n"), "b c\nerror: no\nd\n");
  EXPECT_EQ(printed("\nsay\n"), "") << "nothing to show";
  EXPECT_EQ(printed("dance\n").substr(0, 7), "error: ");
  EXPECT_EQ(printed("say 'a\n").substr(0, 7), "error: ");
  EXPECT_EQ(printed("watch\n"), "error: run this in a terminal of its own: vscclient ctl watch\n");
  EXPECT_FALSE(ended_);
}

TEST_F(ConsoleTest, WaitsForTheEndOfALine) {
  run();
  EXPECT_EQ(printed("say hal"), "");
  EXPECT_EQ(printed("f\nsay"), "half\n");
  EXPECT_EQ(printed(" b\n"), "b\n");
}

TEST_F(ConsoleTest, EndsWithItsInputAndLeavesThatOpen) {
  run();
  type("say last\n");
  end_input();
  EXPECT_EQ(printed(), "last\n");
  EXPECT_TRUE(ended_);
  EXPECT_NE(::fcntl(STDIN_FILENO, F_GETFD), -1) << "it is the process's, not the console's";
}

TEST_F(ConsoleTest, EndsAtALineWithoutEnd) {
  run();
  for (int i = 0; i < 4 && !ended_; ++i) EXPECT_EQ(printed(std::string(1024, 'x')), "");
  EXPECT_FALSE(ended_) << "so long a line may be";
  printed("x");
  EXPECT_EQ(printed("x"), "");
  EXPECT_TRUE(ended_);
}

TEST_F(ConsoleTest, EndsWhenItIsClosed) {
  run();
  EXPECT_FALSE(ended_);
  console_.close();
  poll();
  EXPECT_TRUE(ended_);
}

// What is always readable cannot be waited for.
TEST_F(ConsoleTest, EndsAtARegularFile) {
  const test::TempFolder folder;
  test::write_text(folder.path() / "file", "say a\n");
  const int file = ::open((folder.path() / "file").c_str(), O_RDONLY);
  ::dup2(file, STDIN_FILENO);
  ::close(file);
  run();
  EXPECT_TRUE(ended_);
}

// What makes it non-blocking makes it so for the shell and every other program at the terminal.
TEST_F(ConsoleTest, LeavesItsInputBlocking) {
  const auto blocks = [] { return (::fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK) == 0; };
  ASSERT_TRUE(blocks());
  run();
  EXPECT_TRUE(blocks()) << "while it waits";
  EXPECT_EQ(printed("say a\n"), "a\n");
  console_.close();
  poll();
  EXPECT_TRUE(blocks()) << "afterwards";
}

}  // namespace
}  // namespace vscard::vscclient
