#include "chardev/spicevmc/loop.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cassert>
#include <fcntl.h>
#include <memory>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

/// The connection that the library is at work for, in this thread; -1: none. It may admit a client
/// in any call, as soon as it has read what it needs.
thread_local int descriptor_at_work = -1;

/// A callback may remove its own timer, and one may be on its way when the timer is stopped: so it
/// is shared with its waits, and each wait knows which start it belongs to.
class Timer : public std::enable_shared_from_this<Timer> {
 public:
  Timer(const asio::any_io_executor& executor, SpiceTimerFunc function, void* opaque)
      : timer_(executor), function_(function), opaque_(opaque) {}

  void start(std::chrono::milliseconds delay) {
    const unsigned round = ++round_;
    timer_.expires_after(delay);
    timer_.async_wait([self = weak_from_this().lock(), round](const boost::system::error_code&) {
      if (round == self->round_) self->function_(self->opaque_);
    });
  }
  void stop() {
    ++round_;
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  SpiceTimerFunc function_;
  void* opaque_;
  unsigned round_ = 0;
};

/// A callback may remove its own watch, too.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const asio::any_io_executor& executor, SpiceWatchFunc function, void* opaque)
      : descriptor_(executor), function_(function), opaque_(opaque) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { remove(); }

  bool open(int descriptor) {
    number_ = descriptor;
    const int flags = ::fcntl(descriptor, F_GETFL);
    boost::system::error_code error;
    descriptor_.assign(descriptor, error);
    // Asio makes it non-blocking with the first wait, if it has not before. The pipe between the
    // library's threads must not be: a message in two pieces would be lost.
    if (!error) descriptor_.native_non_blocking(true, error);
    ::fcntl(descriptor, F_SETFL, flags);
    return !error;
  }
  int descriptor() const { return number_; }
  bool wants_to_write() const { return (events_ & SPICE_WATCH_EVENT_WRITE) != 0; }

  void update(int events) {
    events_ = events;
    arm(SPICE_WATCH_EVENT_READ, reading_);
    arm(SPICE_WATCH_EVENT_WRITE, writing_);
  }
  /// The descriptor is the library's to close.
  void remove() {
    events_ = 0;
    if (descriptor_.is_open()) descriptor_.release();
  }

 private:
  void arm(int event, bool& armed) {
    if ((events_ & event) == 0 || armed) return;
    armed = true;
    const auto type =
        event == SPICE_WATCH_EVENT_READ ? Descriptor::wait_read : Descriptor::wait_write;
    descriptor_.async_wait(type, [self = weak_from_this().lock(), event,
                                  &armed](const boost::system::error_code& error) {
      armed = false;
      if (error || (self->events_ & event) == 0) return;
      descriptor_at_work = self->number_;
      self->function_(self->number_, event, self->opaque_);
      descriptor_at_work = -1;
      self->arm(event, armed);
    });
  }

  using Descriptor = asio::posix::stream_descriptor;
  Descriptor descriptor_;
  SpiceWatchFunc function_;
  void* opaque_;
  int number_ = -1;
  int events_ = 0;  ///< that the library waits for
  bool reading_ = false;
  bool writing_ = false;
};

}  // namespace
}  // namespace vscard::chardev::spicevmc

// The library leaves it to its user what these are.
struct SpiceTimer {
  std::shared_ptr<vscard::chardev::spicevmc::Timer> timer;
};
struct SpiceWatch {
  std::shared_ptr<vscard::chardev::spicevmc::Watch> watch;
};

namespace vscard::chardev::spicevmc {
namespace {

Loop* current = nullptr;

// What Asio throws here, on its own bugs, is to end the program.
// NOLINTNEXTLINE(bugprone-exception-escape)
void start_timer(SpiceTimer* timer, std::uint32_t delay) noexcept {
  timer->timer->start(std::chrono::milliseconds(delay));
}

void stop_timer(SpiceTimer* timer) noexcept { timer->timer->stop(); }

void remove_timer(SpiceTimer* timer) noexcept {
  const std::unique_ptr<SpiceTimer> removed(timer);
  removed->timer->stop();
}

}  // namespace

Loop::Loop(asio::any_io_executor executor, Events events)
    : executor_(std::move(executor)),
      events_(std::move(events)),
      self_(std::make_shared<Loop*>(this)),
      interface_{.base = {.type = SPICE_INTERFACE_CORE,
                          .description = "vscard",
                          .major_version = SPICE_INTERFACE_CORE_MAJOR,
                          .minor_version = SPICE_INTERFACE_CORE_MINOR},
                 .timer_add = add_timer,
                 .timer_start = start_timer,
                 .timer_cancel = stop_timer,
                 .timer_remove = remove_timer,
                 .watch_add = add_watch,
                 .watch_update_mask = update_watch,
                 .watch_remove = remove_watch,
                 .channel_event = tell} {
  assert(current == nullptr);
  current = this;
}

Loop::~Loop() {
  current = nullptr;
  *self_ = nullptr;
}

std::string Loop::client_at_work() {
  return descriptor_at_work < 0 ? "" : current->events_.name(descriptor_at_work);
}

SpiceTimer* Loop::add_timer(SpiceTimerFunc function, void* opaque) noexcept {
  auto timer = std::make_shared<Timer>(current->executor_, function, opaque);
  return std::make_unique<SpiceTimer>(std::move(timer)).release();
}

SpiceWatch* Loop::add_watch(int descriptor, int events, SpiceWatchFunc function,
                            void* opaque) noexcept {
  auto watch = std::make_shared<Watch>(current->executor_, function, opaque);
  if (!watch->open(descriptor)) return nullptr;
  current->watched_.insert(descriptor);
  auto handle = std::make_unique<SpiceWatch>(std::move(watch));
  update_watch(handle.get(), events);
  return handle.release();
}

// NOLINTNEXTLINE(bugprone-exception-escape): as above
void Loop::update_watch(SpiceWatch* watch, int events) noexcept {
  const bool before = watch->watch->wants_to_write();
  watch->watch->update(events);
  current->count_writer(before, watch->watch->wants_to_write());
}

void Loop::remove_watch(SpiceWatch* watch) noexcept {
  if (watch == nullptr) return;
  update_watch(watch, 0);
  const std::unique_ptr<SpiceWatch> removed(watch);
  const auto found = current->watched_.find(removed->watch->descriptor());
  if (found != current->watched_.end()) current->watched_.erase(found);
  removed->watch->remove();
}

void Loop::count_writer(bool before, bool now) {
  if (now && !before) ++writers_;
  if (before && !now && --writers_ == 0) {
    asio::post(executor_, [self = self_] {
      if (*self != nullptr) (*self)->events_.unblocked();
    });
  }
}

void Loop::tell(int event, SpiceChannelEventInfo* info) noexcept {
  if (event == SPICE_CHANNEL_EVENT_INITIALIZED) {
    current->events_.admitted(descriptor_at_work, *info);
  }
}

}  // namespace vscard::chardev::spicevmc
