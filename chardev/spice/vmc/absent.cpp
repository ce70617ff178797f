// In place of the rest of the folder where VSCARD_SPICE is OFF.

#include "chardev/absent_transport.hpp"
#include "chardev/spice/vmc/usbredir.hpp"

namespace vscard::chardev::spice::vmc {

const Transport kSpice = absent_transport("spice");
const Transport kSpiceTls = absent_transport("spice+tls");
const Transport kSpiceUnix = absent_transport("spice+unix");

}  // namespace vscard::chardev::spice::vmc
