#pragma once

#include "chardev/stream.hpp"
#include "chardev/tls/keys.hpp"
#include "chardev/vnc/message.hpp"

#include <expected>
#include <memory>
#include <string>

/// VeNCrypt, a login of RFB's with TLS (the RFB community's rfbproto, "VeNCrypt"): what follows is
/// inside. Of its subtypes clients get those with a server's certificate.
namespace vscard::chardev::vnc {

/// A client that has come through TLS, its server, and how it logs in there.
struct Encrypted {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
  Security login;
};

/// Stands between a client and a server until both have a login in common: to the client it is a
/// server with VeNCrypt alone, with the certificate of `keys`; to the server a client, with TLS
/// only if that has no login without. What comes then is as without it. The error is for log lines,
/// or empty: one has closed.
Awaitable<Result<Encrypted>> begin_encryption(std::unique_ptr<Stream> client,
                                              std::unique_ptr<Stream> server, tls::Keys keys);

}  // namespace vscard::chardev::vnc
