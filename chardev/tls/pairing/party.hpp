#pragma once

#include "chardev/tls/keys.hpp"
#include "chardev/tls/pairing/desk.hpp"
#include "chardev/transport.hpp"

#include <expected>
#include <memory>
#include <string>

/// pair=DIR: TLS 1.3 in which each side knows the other's key, since they were paired.
namespace vscard::chardev::tls::pairing {

/// As a client of a server that was paired: under the name of the keys, or else at `target`
/// (../target.hpp).
Awaitable<Connected> connect_paired(std::unique_ptr<Stream> carrier, Keys keys, std::string target);
/// Was a server there paired at all? The error is a line for the user.
Result<> check_paired(const Keys& keys, const std::string& target);

/// As a server: a stream of a peer that was paired; or why there is none, and nothing when the
/// connection was there for pairing.
Awaitable<Result<std::unique_ptr<Stream>>> accept_paired(std::unique_ptr<Stream> carrier,
                                                         std::shared_ptr<Desk> desk, Keys keys);

/// Pairs with the server over `carrier`, with its code, and keeps it in the folder of the keys,
/// for `target`. Gives the name of the pairing; the error is a line without the address.
Awaitable<Result<std::string>> pair(std::unique_ptr<Stream> carrier, Keys keys, std::string target,
                                    protocol::SecretBytes code);

}  // namespace vscard::chardev::tls::pairing
