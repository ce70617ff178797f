#pragma once

#include "chardev/handshake_listener.hpp"
#include "chardev/tls/keys.hpp"
#include "chardev/transport.hpp"

#include <expected>
#include <memory>
#include <string>
#include <system_error>

namespace vscard::chardev::tls {

// TLS 1.3 over any stream, for the transports that carry bytes over it. Both ends read the files of
// `keys` anew each time.

/// As a client, with a server that has the name of the keys, or else `host`.
Awaitable<Connected> connect_tls13(std::unique_ptr<Stream> carrier, Keys keys, std::string host);

/// As a server; the error is for log lines. remote() of the stream names the client.
Awaitable<Result<std::unique_ptr<Stream>>> accept_tls13(std::unique_ptr<Stream> carrier, Keys keys);

/// After a server's handshake that has failed: a plain client of ours then knows that this is TLS;
/// OpenSSL tells such a one nothing.
void tell_plain_client(Stream& carrier, const std::error_code& error);

/// Can the files be used, as they are now? The error is a line for the user.
Result<> check_server_files(const Keys& keys);

}  // namespace vscard::chardev::tls
