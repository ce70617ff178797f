// In place of the rest of the folder where VSCARD_NATS is OFF.

#include "chardev/absent_transport.hpp"
#include "chardev/nats/nats.hpp"

namespace vscard::chardev::nats {

const Transport kNats = absent_transport("nats");
const Transport kNatsTls = absent_transport("nats+tls");

}  // namespace vscard::chardev::nats
