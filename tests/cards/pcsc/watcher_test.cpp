// The thread that follows PC/SC, with a pcscd that comes, goes and does not answer.

#include "cards/pcsc/watcher.hpp"

#include "tests/fakes/cards.hpp"
#include "tests/fakes/pcsclite.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <winscard.h>

namespace vscard::cards::pcsc {
namespace {

using namespace std::chrono_literals;
using fakes::PcscCall;
using fakes::Pcsclite;
using Strings = std::vector<std::string>;

/// What a watcher reports: "A ATR, B", or "no answer".
class Reports {
 public:
  Watcher::Report report() {
    return [this](const auto& states) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(states                                     ? text_of(*states)
                       : states.error().cause == Cause::NoService ? "no answer"
                                                                  : "failed");
      came_.notify_all();
    };
  }
  /// Waits until there are so many, but not for ever.
  Strings wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, 30s, [&] { return lines_.size() >= count; });
    return lines_;
  }
  /// Waits until the last one is this, but not for ever.
  Strings wait_for_last(const std::string& line) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, 30s, [&] { return !lines_.empty() && lines_.back() == line; });
    return lines_;
  }

 private:
  static std::string text_of(const ReaderStates& states) {
    std::string text = "readers:";
    for (const auto& state : states) {
      text += " " + state.name + (state.atr ? "=" + fakes::to_hex(state.atr->bytes()) : "");
    }
    return text;
  }

  std::mutex mutex_;
  std::condition_variable came_;
  Strings lines_;
};

class PcscWatching : public testing::Test {
 protected:
  /// The watcher waits for a change.
  void wait_until_waiting() { ASSERT_TRUE(fake_.wait_until_waiting(PcscCall::GetStatusChange)); }

  Pcsclite fake_;
  Reports reports_;
};

TEST_F(PcscWatching, ReportsWhatThereIsAndThenEachChange) {
  fake_.add_reader("A");
  Watcher watcher(reports_.report());
  reports_.wait_for(1);
  fake_.insert("A", "3b00");
  reports_.wait_for(2);
  fake_.add_reader("B");
  reports_.wait_for(3);
  fake_.remove("A");
  reports_.wait_for(4);
  fake_.remove_reader("A");
  EXPECT_EQ(reports_.wait_for(5), (Strings{"readers: A", "readers: A=3b00", "readers: A=3b00 B",
                                           "readers: A B", "readers: B"}));
}

TEST_F(PcscWatching, ReportsAReaderThatComesBetweenTheListAndTheWait) {
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite&) {});
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite& fake) { fake.add_reader("A"); });
  const Watcher watcher(reports_.report());
  EXPECT_EQ(reports_.wait_for(2), (Strings{"readers:", "readers: A"}));
}

TEST_F(PcscWatching, ReportsNothingWhileNothingChanges) {
  fake_.add_reader("A");
  const Watcher watcher(reports_.report());
  // The list's word, the readers and the wait: two rounds of them have passed.
  EXPECT_TRUE(fake_.wait_until_called(PcscCall::GetStatusChange, 7));
  EXPECT_EQ(reports_.wait_for(1), Strings{"readers: A"});
}

TEST_F(PcscWatching, ReportsWhatHappensWhileItLooks) {
  fake_.add_reader("A");
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite&) {});  // for the list itself
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite& fake) { fake.insert("A", "3b00"); });
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite& fake) { fake.remove("A"); });
  Watcher watcher(reports_.report());
  EXPECT_EQ(reports_.wait_for(2), (Strings{"readers: A=3b00", "readers: A"}));
}

TEST_F(PcscWatching, WaitsForAPcscdThatIsNotThere) {
  fake_.stop_service(SCARD_E_NO_SERVICE);
  Watcher watcher(reports_.report());
  reports_.wait_for(2);
  fake_.start_service();
  const Strings lines = reports_.wait_for_last("readers:");
  EXPECT_EQ(lines.at(0), "no answer");
  EXPECT_EQ(lines.at(1), "no answer") << "before each time that it is tried again";
  EXPECT_EQ(lines.back(), "readers:");
}

TEST_F(PcscWatching, FollowsPcscdThroughItsEnds) {
  fake_.add_reader("A");
  Watcher watcher(reports_.report());
  std::size_t reports = 1;
  for (const long code : {SCARD_E_NO_SERVICE, SCARD_E_SERVICE_STOPPED, SCARD_F_COMM_ERROR}) {
    reports_.wait_for(reports);
    wait_until_waiting();
    fake_.restart_service(code);
    reports += 2;
  }
  const Strings lines = reports_.wait_for(7);
  EXPECT_EQ(lines, (Strings{"readers: A", "no answer", "readers: A", "no answer", "readers: A",
                            "no answer", "readers: A"}));
  EXPECT_EQ(fake_.open_contexts(), 1U);
}

TEST_F(PcscWatching, BeginsAnewWithoutAWordWhenTheLibraryLosesStep) {
  fake_.add_reader("A");
  fake_.results(PcscCall::GetStatusChange,
                {SCARD_S_SUCCESS, SCARD_S_SUCCESS, SCARD_E_UNSUPPORTED_FEATURE});
  Watcher watcher(reports_.report());
  reports_.wait_for(2);
  fake_.insert("A", "3b00");
  EXPECT_EQ(reports_.wait_for(3), (Strings{"readers: A", "readers: A", "readers: A=3b00"}));
  EXPECT_EQ(fake_.count(PcscCall::EstablishContext), 2);
  EXPECT_EQ(fake_.open_contexts(), 1U);
}

TEST_F(PcscWatching, SeesAReaderThatCameWhileTheListWasRead) {
  fake_.add_reader("A");
  fake_.on_next(PcscCall::ListReaders, [](Pcsclite&) {});
  fake_.on_next(PcscCall::ListReaders, [](Pcsclite& fake) { fake.add_reader("B"); });
  Watcher watcher(reports_.report());
  EXPECT_EQ(reports_.wait_for(1), (Strings{"readers: A B"}));
}

TEST_F(PcscWatching, EndsAtOnceWhileItWaits) {
  Watcher watcher(reports_.report());
  wait_until_waiting();
  EXPECT_TRUE(watcher.stop(30s));
  EXPECT_TRUE(watcher.stop(0ms)) << "again";
  EXPECT_EQ(fake_.open_contexts(), 0U);
}

TEST_F(PcscWatching, EndsWhileItWaitsForPcscd) {
  fake_.stop_service(SCARD_E_NO_SERVICE);
  Watcher watcher(reports_.report());
  reports_.wait_for(1);
  EXPECT_TRUE(watcher.stop(30s));
}

// The library forgets a cancellation that comes before the wait.
TEST_F(PcscWatching, EndsThoughItDoesNotWaitYet) {
  fake_.add_reader("A");
  for (int i = 0; i < 2; ++i) {  // those that only look
    fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite&) {});
  }
  fake_.on_next(PcscCall::GetStatusChange,
                [](Pcsclite& fake) { fake.block(PcscCall::GetStatusChange); });
  Watcher watcher(reports_.report());
  wait_until_waiting();
  EXPECT_FALSE(watcher.stop(0ms));
  EXPECT_TRUE(fake_.wait_until_called(PcscCall::Cancel, 1));
  fake_.release(PcscCall::GetStatusChange);
  EXPECT_TRUE(watcher.stop(30s));
}

TEST_F(PcscWatching, DoesNotWaitForASilentPcscd) {
  fake_.block(PcscCall::EstablishContext);
  Watcher watcher(reports_.report());
  ASSERT_TRUE(fake_.wait_until_waiting(PcscCall::EstablishContext));
  EXPECT_FALSE(watcher.stop(1ms));
  fake_.release(PcscCall::EstablishContext);
  EXPECT_TRUE(watcher.stop(30s));
}

}  // namespace
}  // namespace vscard::cards::pcsc
