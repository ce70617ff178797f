#include "cards/pcsc/watcher.hpp"

#include "async/no_signals.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vscard::cards::pcsc {
namespace {

using namespace std::chrono_literals;

// Waits for a pcscd that is not there.
constexpr std::chrono::milliseconds kFirstWait = 100ms;
constexpr std::chrono::milliseconds kLongestWait = 10s;

/// Before a Context that has lost step is followed by another one.
constexpr std::chrono::milliseconds kStepWait = 10ms;

/// pcscd is asked each second.
constexpr std::chrono::milliseconds kHearsWithin = 3s;

/// PC/SC forgets a cancellation for which nobody waits yet, so it is repeated.
constexpr std::chrono::milliseconds kCancelAgain = 20ms;

}  // namespace

Watcher::Watcher(Report report)
    : report_(std::move(report)),
      wait_(kFirstWait),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Watcher::~Watcher() { stop(0ms); }

bool Watcher::hears() const {
  return std::chrono::steady_clock::now() - heard_.load() < kHearsWithin;
}

bool Watcher::stop(std::chrono::milliseconds patience) {
  thread_.request_stop();
  // SCardCancel also waits for pcscd's answer, so it has its own thread.
  if (!ending_.valid()) ending_ = std::async(std::launch::async, [this] { end_thread(); });
  return ending_.wait_for(patience) == std::future_status::ready;
}

void Watcher::run(const std::stop_token& stop) {
  async::take_no_signals();
  while (!stop.stop_requested()) {
    auto context = Context::establish();
    const Error error = context ? follow(*context, stop) : context.error();
    if (stop.stop_requested()) break;
    const bool lost = error.cause != Cause::OutOfStep;
    if (lost) report_(std::unexpected(error));
    std::unique_lock lock(mutex_);
    ended_changed_.wait_for(lock, stop, lost ? wait_ : kStepWait, [] { return false; });
    if (lost) wait_ = std::min(wait_ * 2, kLongestWait);
  }
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  ended_changed_.notify_all();
}

/// Until pcscd is lost.
Error Watcher::follow(Context& context, const std::stop_token& stop) {
  std::optional<ReaderStates> told;
  while (true) {
    const auto readers = context.readers();
    if (!readers) return readers.error();
    wait_ = kFirstWait;
    heard_ = std::chrono::steady_clock::now();
    if (told != *readers) report_(readers);
    told = *readers;
    set_context(&context);
    const auto changed = context.wait_for_change(*readers);
    set_context(nullptr);
    if (!changed) return changed.error();
    if (stop.stop_requested()) return {.cause = Cause::Cancelled, .text = ""};
  }
}

void Watcher::set_context(const Context* context) {
  const std::scoped_lock lock(mutex_);
  context_ = context;
}

void Watcher::end_thread() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (context_ != nullptr) context_->cancel();
    ended_changed_.wait_for(lock, kCancelAgain, [this] { return ended_; });
  }
}

}  // namespace vscard::cards::pcsc
