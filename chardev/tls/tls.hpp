#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::tls {

/// "tls://HOST:PORT,…": TLS 1.3 over TCP.
extern const Transport kTls;

}  // namespace vscard::chardev::tls
