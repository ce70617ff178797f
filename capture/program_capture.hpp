#pragma once

#include "async/awaitable.hpp"
#include "capture/apdu_capture.hpp"
#include "capture/capture.hpp"
#include "program/watchers.hpp"

namespace vscard::capture {

/// What --capture makes of a program: all APDUs that its watchers are shown are captured.
class ProgramCapture {
 public:
  /// Makes a thread: so the sandbox has begun. `watchers` outlive it.
  ProgramCapture(const Spec& spec, program::Watchers& watchers)
      : watchers_(watchers), capture_(spec), apdus_(capture_) {}
  ProgramCapture(const ProgramCapture&) = delete;
  ProgramCapture& operator=(const ProgramCapture&) = delete;
  ~ProgramCapture() { watchers_.remove_tap(apdus_); }

  /// Captures from now on, on the executor. The error is a line for the user.
  Result<> open(const asio::any_io_executor& executor);
  /// When the executor has stopped: writes the rest.
  void close();

  /// For what is captured besides.
  Capture& capture() { return capture_; }

 private:
  program::Watchers& watchers_;
  Capture capture_;
  ApduCapture apdus_;
};

}  // namespace vscard::capture
