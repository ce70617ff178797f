#pragma once

#include "chardev/tls/context.hpp"
#include "chardev/tls/pairing/message.hpp"
#include "chardev/tls/stream.hpp"
#include "protocol/failure.hpp"

#include <functional>
#include <string>

/// The two sides of a pairing, over TLS that both could only open with the code. Each shows its
/// certificate and signs what this connection alone has (the TLS exporter, RFC 8446 §7.5), so that
/// nobody is paired with a key that is not his own.
namespace vscard::chardev::tls::pairing {

struct Stranger {
  std::string name;  ///< as it calls itself; any bytes
  CertificatePtr certificate;
};

/// Keeps the other side's key, and gives the name under which it did.
using Keep = std::function<Result<std::string>(const Stranger&)>;

// Both give the name under which the other side is kept. The stream's certificate is this side's;
// `name` is what the other side is told. The error is a line for the user, without the address.
Awaitable<Result<std::string>> introduce_as_client(TlsStream& stream, std::string name, Keep keep);
Awaitable<Result<std::string>> introduce_as_server(TlsStream& stream, std::string name, Keep keep);
/// For a client that comes late.
Awaitable<void> say_code_used(TlsStream& stream);

}  // namespace vscard::chardev::tls::pairing
