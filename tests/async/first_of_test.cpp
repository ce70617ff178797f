#include "async/first_of.hpp"

#include "async/error.hpp"
#include "async/error_as_value.hpp"
#include "async/event.hpp"
#include "tests/async/run.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace vscard::async {
namespace {

using std::chrono::milliseconds;

/// Writes its letter when it is gone, whether it ended or was cancelled.
struct Note {
  std::string& trace;
  char letter;
  ~Note() { trace += letter; }
};

Awaitable<char> after(Event& event, char letter, std::string& trace) {
  const Note note{trace, letter};
  co_await event.wait();
  co_await event.wait_for(milliseconds(0));  // where a cancelled one ends
  co_return letter;
}

Awaitable<char> never(char letter, std::string& trace) {
  Event event;
  const Note note{trace, letter};
  while (true) co_await event.wait();
}

Awaitable<char> at_once(char letter) { co_return letter; }

Awaitable<void> wait(Event& event) { co_await event.wait(); }

Awaitable<char> fail(Event& event) {
  co_await event.wait();
  throw std::runtime_error("failed");
}

Awaitable<char> first_letter(Awaitable<std::vector<char>> letters) {
  const auto result = co_await std::move(letters);
  co_return result.front();
}

/// Takes a turn of the loop before it ends, although it is cancelled.
Awaitable<char> slow_to_end(std::string& trace) {
  Event event;
  const Note note{trace, 's'};
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await event.wait();
  co_await asio::post(co_await asio::this_coro::executor, kErrorAsValue);
  co_return 's';
}

class Together : public testing::Test {
 protected:
  void poll() {
    io_.restart();
    io_.poll();
  }
  /// Its end, or what it throws, is written into ended_.
  template <class T>
  void start(Awaitable<T> work) {
    spawn(io_.get_executor(), note_end(std::move(work), ended_));
    poll();
  }

  static std::string text(char letter) { return {letter}; }
  static std::string text(const std::vector<char>& letters) {
    return {letters.begin(), letters.end()};
  }
  static std::string text(const std::optional<char>& letter) {
    return letter ? text(*letter) : "nothing";
  }

  template <class T>
  static Awaitable<void> note_end(Awaitable<T> work, std::string& ended) {
    try {
      ended = text(co_await std::move(work));
    } catch (const boost::system::system_error& error) {
      ended = error.code().message();
    } catch (const std::runtime_error& error) {
      ended = error.what();
    }
  }

  Event a_;
  Event b_;
  std::string trace_;  ///< of the parts that are gone
  std::string ended_;
  asio::io_context io_;
};

TEST_F(Together, FirstOfGivesTheFirstsResult) {
  start(first_of(after(a_, 'a', trace_), after(b_, 'b', trace_), never('c', trace_)));
  EXPECT_EQ(ended_, "");
  b_.notify();
  poll();
  EXPECT_EQ(ended_, "b");
  EXPECT_EQ(trace_.front(), 'b');
  EXPECT_EQ(trace_.size(), 3U) << "others live on: " << trace_;
}

TEST_F(Together, FirstOfTakesOneThatNeverWaits) {
  start(first_of(never('n', trace_), at_once('a')));
  EXPECT_EQ(ended_, "a");
  EXPECT_EQ(trace_, "n");
}

TEST_F(Together, FirstOfTakesOneAlone) {
  start(first_of(at_once('a')));
  EXPECT_EQ(ended_, "a");
}

TEST_F(Together, FirstOfWaitsForThoseThatItCancels) {
  start(first_of(after(a_, 'a', trace_), slow_to_end(trace_)));
  a_.notify();
  poll();
  EXPECT_EQ(ended_, "a");
  EXPECT_EQ(trace_, "as");
}

TEST_F(Together, FirstOfThrowsWhatTheFirstThrows) {
  start(first_of(fail(a_), never('n', trace_)));
  a_.notify();
  poll();
  EXPECT_EQ(ended_, "failed");
  EXPECT_EQ(trace_, "n");
}

Awaitable<char> fail_when_cancelled(std::string& trace) {
  std::string dropped;
  try {
    co_await never('n', trace);
  } catch (const boost::system::system_error& error) {
    dropped = error.code().message();
  }
  throw std::runtime_error("failed at the end: " + dropped);
}

TEST_F(Together, FirstOfThrowsWhatTheOthersThrowAfterwards) {
  start(first_of(after(a_, 'a', trace_), fail_when_cancelled(trace_)));
  a_.notify();
  poll();
  EXPECT_EQ(ended_, "failed at the end: Operation canceled");
}

TEST_F(Together, FirstOfTakesVoids) {
  bool done = false;
  spawn(io_.get_executor(), first_of(wait(a_), wait(b_)), [&] { done = true; });
  poll();
  EXPECT_FALSE(done);
  a_.notify();
  poll();
  EXPECT_TRUE(done);
}

TEST_F(Together, AllOfGivesAllResultsInTheirOrder) {
  start(all_of(after(a_, 'a', trace_), after(b_, 'b', trace_), at_once('c')));
  b_.notify();
  poll();
  EXPECT_EQ(ended_, "");
  EXPECT_EQ(trace_, "b");
  a_.notify();
  poll();
  EXPECT_EQ(ended_, "abc");
}

TEST_F(Together, AllOfEndsWithTheFirstThatThrows) {
  start(all_of(never('n', trace_), fail(a_), never('o', trace_)));
  a_.notify();
  poll();
  EXPECT_EQ(ended_, "failed");
  EXPECT_EQ(trace_.size(), 2U);
}

TEST_F(Together, AllOfTakesVoids) {
  bool done = false;
  spawn(io_.get_executor(), all_of(wait(a_), wait(b_)), [&] { done = true; });
  poll();
  a_.notify();
  poll();
  EXPECT_FALSE(done);
  b_.notify();
  poll();
  EXPECT_TRUE(done);
}

TEST_F(Together, CutShortGivesTheResultThatComesInTime) {
  start(cut_short(after(a_, 'a', trace_), wait(b_)));
  a_.notify();
  poll();
  EXPECT_EQ(ended_, "a");
}

TEST_F(Together, CutShortGivesNothingAfterTheLimit) {
  start(cut_short(after(a_, 'a', trace_), wait(b_)));
  b_.notify();
  poll();
  EXPECT_EQ(ended_, "nothing");
  EXPECT_EQ(trace_, "a");
}

TEST_F(Together, CancellationReachesTheInnermost) {
  auto inner = first_of(never('i', trace_), never('j', trace_));
  auto all = all_of(never('k', trace_), never('l', trace_));
  auto whole = all_of(first_of(std::move(inner), never('m', trace_)), first_letter(std::move(all)));
  start(cut_short(first_letter(std::move(whole)), wait(a_)));
  EXPECT_EQ(trace_, "");
  a_.notify();
  poll();
  EXPECT_EQ(ended_, "nothing");
  EXPECT_EQ(trace_.size(), 5U) << trace_;
}

TEST_F(Together, AllIsFreedWithALoopThatEndsInBetween) {
  {
    asio::io_context io;
    spawn(io.get_executor(),
          note_end(first_of(first_of(never('i', trace_), never('j', trace_)), never('k', trace_)),
                   ended_));
    io.poll();
    EXPECT_EQ(trace_, "");
  }
  EXPECT_EQ(trace_.size(), 3U);
  EXPECT_EQ(ended_, "");
}

}  // namespace
}  // namespace vscard::async
