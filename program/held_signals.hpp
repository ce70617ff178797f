#pragma once

#include <csignal>

namespace vscard::program {

/// Keeps the signals that end a program (SIGHUP, SIGINT, SIGTERM) from this thread, so that what it
/// makes is complete or removed. When this object goes, they do what they would have done. Those
/// that are ignored stay so.
class HeldSignals {
 public:
  HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals();

  /// One has come.
  bool pending() const;

 private:
  sigset_t held_{};
  sigset_t before_{};  ///< the thread's mask
};

}  // namespace vscard::program
