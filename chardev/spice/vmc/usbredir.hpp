#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::spice::vmc {

// A usbredir channel of a SPICE server, as a SPICE client uses it, or with port=NAME a port: the
// bytes that QEMU's usb-redir speaks. They connect.
extern const Transport kSpice;      ///< spice://HOST:PORT, spice:FILE.vv
extern const Transport kSpiceTls;   ///< spice+tls://HOST:PORT
extern const Transport kSpiceUnix;  ///< spice+unix:PATH

}  // namespace vscard::chardev::spice::vmc
