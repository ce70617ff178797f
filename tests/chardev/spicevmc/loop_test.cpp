// The library's timers and watches, used as a library would: a callback may do anything.

#include "chardev/spicevmc/loop.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace vscard::chardev::spicevmc {
namespace {

constexpr std::uint32_t kHour = 3'600'000;  ///< milliseconds

/// All of it is the callbacks', too, which are no members.
struct SpiceLoop : testing::Test {
  SpiceLoop() { EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK), 0); }
  ~SpiceLoop() override {
    for (const int end : pipe) ::close(end);
  }
  int reading_end() const { return pipe[0]; }
  int writing_end() const { return pipe[1]; }
  void write_byte() const { EXPECT_EQ(::write(writing_end(), "x", 1), 1); }
  void read_byte() const {
    char byte = 0;
    EXPECT_EQ(::read(reading_end(), &byte, 1), 1);
  }
  std::size_t run_ready() {
    io.restart();
    return io.poll();
  }

  std::array<int, 2> pipe{};
  int calls = 0;
  SpiceTimer* timer = nullptr;
  SpiceWatch* watch = nullptr;
  int unblocked = 0;
  std::vector<int> admitted;
  std::string named;
  asio::io_context io;
  Loop loop{
      io.get_executor(),
      {.admitted = [this](int connection, const auto& /*info*/) { admitted.push_back(connection); },
       .unblocked = [this] { ++unblocked; },
       .name = [](int connection) { return "client " + std::to_string(connection); }}};
  const SpiceCoreInterface& core = *loop.interface();
};

TEST_F(SpiceLoop, NamesTheConnectionThatIsAdmitted) {
  const auto admit = [this] {
    SpiceChannelEventInfo info{};
    core.channel_event(SPICE_CHANNEL_EVENT_INITIALIZED, &info);
  };
  write_byte();
  watch = core.watch_add(
      reading_end(), SPICE_WATCH_EVENT_READ,
      [](int /*descriptor*/, int /*event*/, void* context) {
        auto* test = static_cast<SpiceLoop*>(context);
        test->read_byte();
        SpiceChannelEventInfo info{};
        test->core.channel_event(SPICE_CHANNEL_EVENT_INITIALIZED, &info);
        test->named = Loop::client_at_work();
      },
      this);
  run_ready();
  admit();
  EXPECT_EQ(admitted, (std::vector{reading_end(), -1}));
  EXPECT_EQ(named, "client " + std::to_string(reading_end()));
  EXPECT_EQ(Loop::client_at_work(), "");
  core.watch_remove(watch);
}

TEST_F(SpiceLoop, TimerFiresOnceAStart) {
  timer = core.timer_add([](void* test) { ++static_cast<SpiceLoop*>(test)->calls; }, this);
  core.timer_start(timer, 0);
  io.run();
  EXPECT_EQ(calls, 1);
  core.timer_start(timer, kHour);
  core.timer_start(timer, 0);
  io.restart();
  io.run();
  EXPECT_EQ(calls, 2);
  core.timer_remove(timer);
}

TEST_F(SpiceLoop, TimerRemovesItself) {
  timer = core.timer_add(
      [](void* context) {
        auto* test = static_cast<SpiceLoop*>(context);
        ++test->calls;
        test->core.timer_remove(test->timer);
      },
      this);
  core.timer_start(timer, 0);
  io.run();
  EXPECT_EQ(calls, 1);
}

TEST_F(SpiceLoop, TimerThatHasExpiredCanStillBeStopped) {
  const auto count = [](void* test) { ++static_cast<SpiceLoop*>(test)->calls; };
  timer = core.timer_add(count, this);
  core.timer_start(timer, 0);
  SpiceTimer* removed = core.timer_add(count, this);
  core.timer_start(removed, 0);
  asio::post(io, [&] {  // both have expired, neither was called
    core.timer_cancel(timer);
    core.timer_remove(removed);
  });
  io.run();
  EXPECT_EQ(calls, 0);
  core.timer_remove(timer);
}

TEST_F(SpiceLoop, WatchFiresAsLongAsThereIsSomething) {
  watch = core.watch_add(
      reading_end(), SPICE_WATCH_EVENT_READ,
      [](int descriptor, int event, void* context) {
        auto* test = static_cast<SpiceLoop*>(context);
        EXPECT_EQ(descriptor, test->reading_end());
        EXPECT_EQ(event, SPICE_WATCH_EVENT_READ);
        ++test->calls;
        test->read_byte();
      },
      this);
  EXPECT_TRUE(loop.watches(reading_end()));
  for (int i = 0; i < 3; ++i) write_byte();
  run_ready();
  EXPECT_EQ(calls, 3);
  core.watch_update_mask(watch, 0);
  write_byte();
  run_ready();
  EXPECT_EQ(calls, 3);
  core.watch_update_mask(watch, SPICE_WATCH_EVENT_READ);
  run_ready();
  EXPECT_EQ(calls, 4);
  core.watch_remove(watch);
  EXPECT_FALSE(loop.watches(reading_end()));
  write_byte();
  run_ready();
  EXPECT_EQ(calls, 4);
  read_byte();  // the descriptor is still open
}

TEST_F(SpiceLoop, WatchIsReplacedFromWithinByAnotherOfItsDescriptor) {
  watch = core.watch_add(
      reading_end(), SPICE_WATCH_EVENT_READ,
      [](int descriptor, int /*event*/, void* context) {
        auto* test = static_cast<SpiceLoop*>(context);
        test->read_byte();
        test->core.watch_remove(test->watch);
        test->watch = test->core.watch_add(
            descriptor, SPICE_WATCH_EVENT_READ,
            [](int /*descriptor*/, int /*event*/, void* inner) {
              ++static_cast<SpiceLoop*>(inner)->calls;
              static_cast<SpiceLoop*>(inner)->read_byte();
            },
            context);
      },
      this);
  write_byte();
  write_byte();
  run_ready();
  EXPECT_EQ(calls, 1);
  core.watch_remove(watch);
}

TEST_F(SpiceLoop, WatchLeavesABlockingDescriptorBlocking) {
  const auto flags = [this] { return ::fcntl(reading_end(), F_GETFL); };
  ASSERT_EQ(::fcntl(reading_end(), F_SETFL, flags() & ~O_NONBLOCK), 0);
  watch = core.watch_add(
      reading_end(), SPICE_WATCH_EVENT_READ,
      [](int /*descriptor*/, int /*event*/, void* test) {
        static_cast<SpiceLoop*>(test)->read_byte();
      },
      this);
  EXPECT_EQ(flags() & O_NONBLOCK, 0);
  write_byte();
  run_ready();
  EXPECT_EQ(flags() & O_NONBLOCK, 0);
  core.watch_remove(watch);
  EXPECT_EQ(flags() & O_NONBLOCK, 0);
}

TEST_F(SpiceLoop, TellsThatAClientReadsAgain) {
  const auto ignore = [](int /*descriptor*/, int /*event*/, void* /*context*/) {};
  watch = core.watch_add(writing_end(), 0, ignore, this);
  EXPECT_FALSE(loop.blocked());
  core.watch_update_mask(watch, SPICE_WATCH_EVENT_WRITE);
  EXPECT_TRUE(loop.blocked());
  core.watch_update_mask(watch, SPICE_WATCH_EVENT_READ);
  EXPECT_FALSE(loop.blocked());
  EXPECT_EQ(unblocked, 0) << "not from within the library";
  run_ready();
  EXPECT_EQ(unblocked, 1);
  core.watch_update_mask(watch, SPICE_WATCH_EVENT_WRITE);
  core.watch_remove(watch);
  EXPECT_FALSE(loop.blocked());
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
