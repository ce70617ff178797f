#pragma once

#include "chardev/tls/keys.hpp"
#include "chardev/transport.hpp"

#include <memory>

namespace vscard::chardev::tls {

enum class Certificate {
  Any,
  None,  ///< of an anonymous server, which TLS 1.3 does not know
};

/// TLS 1.2 or newer, as a client of a server that insists on it: nobody looks at who that is. It is
/// for one next to this process, where TLS protects nothing. A server that asks gets the
/// certificate of `keys`, if there is one.
Awaitable<Connected> connect_unchecked(std::unique_ptr<Stream> carrier, Keys keys,
                                       Certificate certificate);

}  // namespace vscard::chardev::tls
