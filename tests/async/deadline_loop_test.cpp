#include "async/deadline_loop.hpp"

#include "tests/async/run.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vscard::async {
namespace {

using protocol::Clock;
using protocol::Time;
using std::chrono::hours;
using std::chrono::milliseconds;

/// A machine with a deadline, which it takes back when it expires. Ends the loop after so many.
class Deadlines : public testing::Test {
 protected:
  void start() {
    spawn(io_.get_executor(), loop_.run(), [this] { ended_ = true; });
    io_.poll();
  }
  void run_to_the_end() {
    io_.restart();
    io_.run();
  }

  asio::io_context io_;
  std::optional<Time> deadline_;
  int expired_ = 0;
  int last_ = 1;
  bool ended_ = false;
  DeadlineLoop loop_{[this] { return deadline_; },
                     [this] {
                       EXPECT_GE(Clock::now(), *deadline_);
                       deadline_.reset();
                       if (++expired_ == last_) loop_.stop();
                     }};
};

TEST_F(Deadlines, AreKept) {
  deadline_ = Clock::now() + hours(1);
  start();
  EXPECT_EQ(expired_, 0);
  deadline_ = Clock::now() + milliseconds(20);
  loop_.wake();
  run_to_the_end();
  EXPECT_EQ(expired_, 1);
  EXPECT_TRUE(ended_);
}

TEST_F(Deadlines, MayBeSetWhileItWaits) {
  start();
  deadline_ = Clock::now() + milliseconds(1);
  loop_.wake();
  run_to_the_end();
  EXPECT_EQ(expired_, 1);
}

TEST_F(Deadlines, MayBecomeEarlier) {
  deadline_ = Clock::now() + hours(1);
  start();
  deadline_ = Clock::now();
  loop_.wake();
  run_to_the_end();
  EXPECT_EQ(expired_, 1);
}

TEST_F(Deadlines, MayBecomeLater) {
  deadline_ = Clock::now() + milliseconds(500);
  start();
  const auto later = Clock::now() + milliseconds(700);
  deadline_ = later;
  loop_.wake();
  run_to_the_end();
  EXPECT_EQ(expired_, 1);
  EXPECT_GE(Clock::now(), later);
}

TEST_F(Deadlines, MayBeTakenBack) {
  deadline_ = Clock::now() + milliseconds(500);
  start();
  deadline_.reset();
  io_.restart();
  io_.run_for(milliseconds(700));
  EXPECT_EQ(expired_, 0);
  EXPECT_FALSE(ended_);
}

TEST_F(Deadlines, FollowOneAnother) {
  last_ = 3;
  start();
  for (int round = 0; round < 2; ++round) {
    deadline_ = Clock::now();
    loop_.wake();
    io_.restart();
    while (expired_ == round) io_.run_one();
  }
  deadline_ = Clock::now() + milliseconds(1);
  loop_.wake();
  run_to_the_end();
  EXPECT_EQ(expired_, 3);
}

TEST_F(Deadlines, AreNotKeptAfterStop) {
  deadline_ = Clock::now() + hours(1);
  start();
  deadline_ = Clock::now();
  loop_.stop();
  run_to_the_end();
  EXPECT_TRUE(ended_);
  EXPECT_EQ(expired_, 0);
}

TEST_F(Deadlines, AreKeptAgainByTheNextRun) {
  start();
  loop_.stop();
  run_to_the_end();
  ASSERT_TRUE(ended_);
  deadline_ = Clock::now();
  start();
  run_to_the_end();
  EXPECT_EQ(expired_, 1);
}

}  // namespace
}  // namespace vscard::async
