#pragma once

#include <termios.h>

namespace vscard::vscclient {

/// A terminal that gives each key as it is typed and shows nothing of it, for as long as this
/// object lives. Ctrl-C, Ctrl-Z and the like do what they always do.
class KeyInput {
 public:
  /// Is it a terminal, and this process's job in its foreground? Another one would be stopped.
  static bool possible(int terminal);

  explicit KeyInput(int terminal);
  KeyInput(const KeyInput&) = delete;
  KeyInput& operator=(const KeyInput&) = delete;
  ~KeyInput();

  /// After the shell had the terminal.
  void again() const;

 private:
  int terminal_;
  termios before_{};
};

}  // namespace vscard::vscclient
