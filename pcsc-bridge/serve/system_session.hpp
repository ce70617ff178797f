#pragma once

#include "async/worker.hpp"
#include "pcsc-bridge/serve/system_calls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <optional>

namespace vscard::pcsc_bridge::serve {

/// A program of ours at the machine's PC/SC service, on a thread of its own: a call that takes long
/// holds up nobody else.
class SystemSession {
 public:
  explicit SystemSession(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// `answered` is called on the executor, unless leave() came before.
  void ask(pcsc::Request request, std::move_only_function<void(pcsc::Request)> answered);
  /// The program has gone. What it had is given back when the call that is under way has returned;
  /// then `ended` is called on the executor, and this object may go.
  void leave(std::move_only_function<void()> ended);

 private:
  asio::any_io_executor executor_;
  std::atomic<bool> left_ = false;
  std::optional<SystemCalls> calls_{std::in_place};  ///< the worker's
  async::Worker worker_;                             ///< last: its jobs use the others
};

}  // namespace vscard::pcsc_bridge::serve
