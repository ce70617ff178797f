#pragma once

#include "async/awaitable.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace vscard::pcsc_bridge::ifd {

/// A reader's I/O. A thread of its own runs it; but while one of pcscd's waits for what it does,
/// that one does. A command so goes out and its response comes in on the thread that asks, which
/// saves two switches of threads: as long as the socket itself takes.
class IoLoop {
 public:
  /// The thread of its own takes none of pcscd's signals.
  IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;
  /// What is still under way is dropped.
  ~IoLoop();

  asio::io_context& context() { return io_; }
  /// On the calling thread, with nobody else in the loop: starts something, then runs the loop
  /// until done() or the limit. False: nothing was started, because another thread of pcscd's is
  /// here. Throws what start() throws.
  bool run(const std::function<void()>& start, const std::function<bool()>& done,
           protocol::Time limit);

 private:
  using Lock = std::unique_lock<std::mutex>;

  bool take();
  void give_back();
  void run_own_thread();

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};

  std::mutex mutex_;           ///< for what follows
  bool own_runs_ = false;      ///< the own thread is in the loop
  bool visited_ = false;       ///< one of pcscd's is, or waits for it
  protocol::Time own_from_{};  ///< until then the own thread leaves the loop alone
  bool ending_ = false;
  std::condition_variable visitors_turn_;
  std::condition_variable own_turn_;
  std::thread own_thread_;
};

}  // namespace vscard::pcsc_bridge::ifd
