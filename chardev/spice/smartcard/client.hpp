#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::spice::smartcard {

// The smart card channel of a SPICE server, as a SPICE client uses it; if the server is ours, the
// port to its reader, and with port=NAME that port: VSC as on a socket. They connect; the server's
// side is listen:spicevmc://.
extern const Transport kSpice;      ///< spice://HOST:PORT, spice:FILE.vv
extern const Transport kSpiceTls;   ///< spice+tls://HOST:PORT
extern const Transport kSpiceUnix;  ///< spice+unix:PATH

}  // namespace vscard::chardev::spice::smartcard
