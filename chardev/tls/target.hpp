#pragma once

#include <string>

/// A target is the address of a stream that has TLS, without its keys: "tls://HOST:PORT",
/// "nats://HOST:PORT/NAME".
namespace vscard::chardev::tls {

/// Whom a client means to find there: HOST where it is dialled, else NAME.
std::string host_of(const std::string& target);

/// "tls" for a carrier of TCP; what TLS over others is called is the carrier's own scheme.
std::string scheme_over(const std::string& carrier);

}  // namespace vscard::chardev::tls
