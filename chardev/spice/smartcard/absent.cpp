// In place of the rest of the folder, and of chardev/spice, where VSCARD_SPICE is OFF.

#include "chardev/absent_transport.hpp"
#include "chardev/spice/smartcard/client.hpp"

namespace vscard::chardev::spice::smartcard {

const Transport kSpice = absent_transport("spice");
const Transport kSpiceTls = absent_transport("spice+tls");
const Transport kSpiceUnix = absent_transport("spice+unix");

}  // namespace vscard::chardev::spice::smartcard
