#pragma once

#include "cards/pcsc/library.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>

namespace vscard::cards::pcsc {

/// A thread that follows PC/SC's readers and cards, and pcscd itself, which may end and come again.
class Watcher {
 public:
  /// Called on the watcher's thread: what there is, after each change; or why it is not known,
  /// before each time that it is tried again.
  using Report = std::function<void(const Answer<ReaderStates>&)>;

  explicit Watcher(Report report);
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  /// Waits for the thread, however long pcscd keeps it.
  ~Watcher();

  /// Has pcscd answered within the last seconds? On any thread.
  bool hears() const;

  /// Ends the thread. False when it has not ended in time, because pcscd does not answer: then this
  /// object can only be left to the end of the process.
  bool stop(std::chrono::milliseconds patience);

 private:
  void run(const std::stop_token& stop);
  Error follow(Context& context, const std::stop_token& stop);
  void set_context(const Context* context);
  void end_thread();

  Report report_;
  std::chrono::milliseconds wait_;  ///< before pcscd is tried again
  std::atomic<std::chrono::steady_clock::time_point> heard_{};
  std::mutex mutex_;
  std::condition_variable_any ended_changed_;
  const Context* context_ = nullptr;  ///< of follow(), to cancel it; guarded by mutex_
  bool ended_ = false;                ///< the thread; guarded by mutex_
  std::jthread thread_;               ///< it uses the others
  std::future<void> ending_;          ///< its destructor waits
};

}  // namespace vscard::cards::pcsc
