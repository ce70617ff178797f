#include "chardev/child.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <poll.h>
#include <unistd.h>

namespace vscard::chardev {
namespace {

/// Its status, when it has ended by itself.
int status_of(Child& child) {
  pollfd ended{.fd = child.descriptor(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ended, 1, 30'000), 1);
  return child.reap();
}

ChildOptions shell(const std::string& script) {
  return {.command = {"sh", "-c", script}, .environment = {}, .prepare = {}};
}

TEST(Child, GivesItsStatusAsAShellDoes) {
  auto seven = Child::start(shell("exit 7")).value();
  EXPECT_EQ(status_of(seven), 7);
  auto terminated = Child::start(shell("kill -TERM $$")).value();
  EXPECT_EQ(status_of(terminated), 128 + SIGTERM);
  EXPECT_FALSE(terminated.running());
}

// A second waitpid(2) would take the status of any other child.
TEST(Child, IsReapedOnceHoweverOftenItIsAsked) {
  auto other = Child::start(shell("exit 5")).value();
  auto seven = Child::start(shell("exit 7")).value();
  EXPECT_EQ(seven.reap(), 7) << "it waits for the end";
  EXPECT_EQ(seven.reap(), 7);
  auto moved = std::move(seven);
  EXPECT_EQ(moved.reap(), 7);
  EXPECT_EQ(other.reap(), 5);
}

TEST(Child, HasItsEnvironmentAndNoInput) {
  auto options = shell(R"sh(test "$WORD" = "a b" && test -z "$(cat)")sh");
  options.environment = {{"WORD", "a b"}};
  auto child = Child::start(options).value();
  EXPECT_EQ(status_of(child), 0);
}

TEST(Child, TakesTheSignalsThatThisProcessHoldsBack) {
  const sigset_t passed = passed_signals();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &passed, &before);
  auto child = Child::start(shell("exec tail -f /dev/null")).value();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  child.signal(SIGTERM);
  EXPECT_EQ(status_of(child), 128 + SIGTERM);
}

TEST(Child, TellsWhichStepFailed) {
  const auto none =
      Child::start({.command = {"no-such-program"}, .environment = {}, .prepare = {}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text, "cannot run no-such-program: No such file or directory");
  EXPECT_EQ(none.error().status, 127);
  const auto folder = Child::start({.command = {"/tmp"}, .environment = {}, .prepare = {}});
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().status, 126);
  auto options = shell("true");
  options.prepare = []() -> Result<> { return std::unexpected("refused"); };
  const auto refused = Child::start(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().step, ChildError::Step::Prepare);
  EXPECT_EQ(refused.error().text, "refused");
}

TEST(Child, IsGoneWithItsObject) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  {
    auto options = shell("echo started >&2; exec tail -f /dev/null");
    options.prepare = [&pipe]() -> Result<> {
      ::dup2(pipe[1], STDERR_FILENO);
      return {};
    };
    const auto child = Child::start(options).value();
    ::close(pipe[1]);
    char first = 0;
    ASSERT_EQ(::read(pipe[0], &first, 1), 1) << "it runs";
  }
  char rest[64];
  ssize_t size = 1;
  while (size > 0) size = ::read(pipe[0], rest, sizeof rest);
  EXPECT_EQ(size, 0) << "nobody holds the pipe any more";
  ::close(pipe[0]);
}

}  // namespace
}  // namespace vscard::chardev
