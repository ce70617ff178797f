#pragma once

#include "protocol/failure.hpp"

#include <csignal>
#include <expected>
#include <functional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace vscard::chardev {

/// What this program takes note of and passes on. Blocked here, not in its children.
sigset_t passed_signals();

struct ChildOptions {
  std::vector<std::string> command;  ///< the program is looked for along PATH
  std::vector<std::pair<std::string, std::string>> environment;  ///< besides what there is
  enum class Terminal {
    Shared,  ///< its input, and the signals of its keys, are the child's
    Apart,
  };
  Terminal terminal = Terminal::Apart;
  enum class End {
    WithThread,  ///< of the thread that started it, at the latest
    WithObject,  ///< at the latest, but for a process that is killed
  };
  End end = End::WithThread;
  /// Called in the child, before the program. The error is a line for the user.
  std::function<Result<>()> prepare;
};

struct ChildError {
  enum class Step { Prepare, Program };
  Step step = Step::Program;
  std::string text;
  int status = 1;  ///< that a shell would give: 127 if there is no such program, 126 if it fails
};

/// A process that lives no longer than this object, and, unless the options say otherwise, no
/// longer than this process, however that ends.
class Child {
 public:
  static std::expected<Child, ChildError> start(const ChildOptions& options);
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        status_(other.status_) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child& operator=(Child&&) = delete;
  ~Child();

  /// Becomes readable when the process has ended (pidfd_open(2)). Valid as long as this object.
  int descriptor() const { return descriptor_; }
  bool running() const { return pid_ > 0; }  ///< … as far as reap() has not been called
  /// By itself, and without waiting for it.
  bool has_ended() const;
  void signal(int number) const;
  /// Waits for its end. Its status as a shell gives it: 128 more than a signal's number. Asked
  /// again, it is the same.
  int reap();

 private:
  Child(pid_t pid, int descriptor) : pid_(pid), descriptor_(descriptor) {}
  pid_t pid_;  ///< -1: reaped, or moved from
  int descriptor_;
  int status_ = 0;  ///< once it is reaped
};

}  // namespace vscard::chardev
