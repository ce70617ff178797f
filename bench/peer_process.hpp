#pragma once

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vscard::bench {

/// This thread, and what it starts from now on, runs on this core alone. Throws if it cannot.
void pin_to_core(unsigned core);

/// The other side of a measurement: a process of its own, as in real use, so that a switch between
/// the two costs what it costs there. It runs on one core, or where this process may when none is
/// named, and is killed at the end.
class PeerProcess {
 public:
  /// Runs `body` in a copy of this process.
  PeerProcess(std::optional<unsigned> core, const std::function<void()>& body);
  /// Runs a program; its log is shown when it is about a failure.
  PeerProcess(std::optional<unsigned> core, const std::vector<std::string>& command);
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

}  // namespace vscard::bench
