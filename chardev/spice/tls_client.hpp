#pragma once

#include "chardev/spice/server.hpp"
#include "chardev/transport.hpp"

namespace vscard::chardev::spice {

/// TLS 1.2 or newer over a connection, with a server that shows the certificate that is wanted.
Awaitable<Connected> connect_tls(asio::any_io_executor executor, std::unique_ptr<Stream> carrier,
                                 Trust trust);

}  // namespace vscard::chardev::spice
