#pragma once

#include "chardev/tls/trust.hpp"
#include "chardev/transport.hpp"

namespace vscard::chardev::tls {

/// TLS 1.2 or newer over a connection, with a server that shows the certificate that is wanted.
Awaitable<Connected> connect_tls(std::unique_ptr<Stream> carrier, Trust trust);

}  // namespace vscard::chardev::tls
