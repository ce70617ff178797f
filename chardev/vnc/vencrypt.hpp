#pragma once

#include "chardev/stream.hpp"
#include "chardev/tls/keys.hpp"
#include "chardev/vnc/message.hpp"

#include <expected>
#include <memory>
#include <string>

/// VeNCrypt, a login of RFB's with TLS (the RFB community's rfbproto, "VeNCrypt"): what follows is
/// inside. Of its subtypes those with a server's certificate are used.
namespace vscard::chardev::vnc {

/// A client that has come through TLS, and how it logs in inside.
struct Encrypted {
  std::unique_ptr<Stream> client;
  Security login;
};

/// Stands between a client and a server that knows no TLS until both have a login in common: to the
/// client it is a server with VeNCrypt alone, with the certificate of `keys`; to the server a
/// client. What comes then is as without it. The error is for log lines, or empty: one has closed.
Awaitable<Result<Encrypted>> begin_encryption(std::unique_ptr<Stream> client, Stream& server,
                                              tls::Keys keys);

}  // namespace vscard::chardev::vnc
