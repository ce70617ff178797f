#include "vscclient/terminal.hpp"

#include <unistd.h>

namespace vscard::vscclient {

bool KeyInput::possible(int terminal) {
  return ::isatty(terminal) != 0 && ::tcgetpgrp(terminal) == ::getpgrp();
}

KeyInput::KeyInput(int terminal) : terminal_(terminal) {
  ::tcgetattr(terminal_, &before_);
  again();
}

KeyInput::~KeyInput() {
  if (possible(terminal_)) ::tcsetattr(terminal_, TCSADRAIN, &before_);
}

void KeyInput::again() const {
  if (!possible(terminal_)) return;
  termios keys = before_;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  ::tcsetattr(terminal_, TCSADRAIN, &keys);
}

}  // namespace vscard::vscclient
