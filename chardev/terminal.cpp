#include "chardev/terminal.hpp"

#include <termios.h>

namespace vscard::chardev {

bool make_raw(int terminal) {
  termios mode{};
  if (::tcgetattr(terminal, &mode) != 0) return false;
  ::cfmakeraw(&mode);
  mode.c_cflag |= CREAD | CLOCAL;
  return ::tcsetattr(terminal, TCSANOW, &mode) == 0;
}

}  // namespace vscard::chardev
