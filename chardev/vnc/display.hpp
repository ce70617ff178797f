#pragma once

#include "chardev/endpoint.hpp"

namespace vscard::chardev::vnc {

/// The TCP port of "HOST:DISPLAY" or "HOST:PORT": a number below 100 is a display, at port 5900 and
/// so many, as VNC's viewers have it; any other is the port itself, RFC 7869.
Result<HostPort> parse_display(std::string_view location);

}  // namespace vscard::chardev::vnc
