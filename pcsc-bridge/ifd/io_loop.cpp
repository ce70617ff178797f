#include "pcsc-bridge/ifd/io_loop.hpp"

#include "pcsc-bridge/ifd/log.hpp"

#include <boost/asio/post.hpp>

#include <csignal>
#include <exception>
#include <pthread.h>

namespace vscard::pcsc_bridge::ifd {
namespace {

using protocol::Clock;
using protocol::Time;

/// After a command mostly comes another one: for so long the own thread need not be sent away
/// again. What comes from the client alone, such as a removal, waits so long at most.
constexpr std::chrono::milliseconds kNextCommand{1};

/// A failure in the loop, such as no memory, ends what it came from and nothing else.
template <class Step>
void contain_failure(Step step) {
  try {
    step();
  } catch (const std::exception& failure) {
    log::error(failure.what());
  }
}

}  // namespace

IoLoop::IoLoop() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  own_thread_ = std::thread([this] { run_own_thread(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(own_thread_.native_handle(), "vscard");  // for ps and gdb
}

IoLoop::~IoLoop() {
  {
    const Lock lock(mutex_);
    ending_ = true;
    own_turn_.notify_one();
  }
  io_.stop();
  own_thread_.join();
}

bool IoLoop::run(const std::function<void()>& start, const std::function<bool()>& done,
                 Time limit) {
  if (!take()) return false;
  const struct Turn {
    IoLoop& loop;
    ~Turn() { loop.give_back(); }
  } turn{*this};
  start();
  while (!done() && Clock::now() < limit) {
    contain_failure([&] { io_.run_one_until(limit); });
  }
  return true;
}

/// The own thread may be in a step, and none takes long.
bool IoLoop::take() {
  Lock lock(mutex_);
  if (visited_) return false;
  visited_ = true;
  own_from_ = Clock::now() + kNextCommand;
  if (own_runs_) asio::post(io_, [] {});  // ends its wait
  visitors_turn_.wait(lock, [this] { return !own_runs_; });
  return true;
}

void IoLoop::give_back() {
  const Lock lock(mutex_);
  visited_ = false;
  if (const Time now = Clock::now(); now < own_from_) {
    own_from_ = now + kNextCommand;
  } else {
    own_turn_.notify_one();  // after that time it waits for this
  }
}

void IoLoop::run_own_thread() {
  Lock lock(mutex_);
  while (!ending_) {
    if (Clock::now() < own_from_) {
      own_turn_.wait_until(lock, own_from_);
    } else if (visited_) {
      own_turn_.wait(lock);
    } else {
      own_runs_ = true;
      lock.unlock();
      contain_failure([this] { io_.run_one(); });
      lock.lock();
      own_runs_ = false;
      visitors_turn_.notify_one();
    }
  }
}

}  // namespace vscard::pcsc_bridge::ifd
