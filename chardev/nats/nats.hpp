#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::nats {

/// "nats://HOST:PORT[+HOST:PORT…]/NAME,…": a stream in messages of NATS, dialled by its name.
extern const Transport kNats;
/// "nats+tls://…": the same, over TLS to the servers.
extern const Transport kNatsTls;

}  // namespace vscard::chardev::nats
