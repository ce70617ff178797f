#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::vnc {

/// connect:vnc://HOST:DISPLAY is a VNC client that brings the channel `vscard` and shows no
/// picture; listen:vnc://HOST:DISPLAY,server=HOST:DISPLAY stands in front of a VNC server and
/// offers it.
extern const Transport kVnc;

}  // namespace vscard::chardev::vnc
