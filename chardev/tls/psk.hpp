#pragma once

#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace vscard::chardev::tls {

/// A key that both sides have, and the name by which the client says which one it uses.
struct Psk {
  std::string name;
  protocol::SecretBytes key;
};
using Psks = std::vector<Psk>;

/// A file as GnuTLS's psktool writes it, a line "NAME:HEXKEY" for each; there is at least one. The
/// error is a line for the user, also where others may read the file.
Result<Psks> read_psk_file(const std::string& path);
Result<Psks> parse_psks(protocol::Bytes text);

// TLS 1.3 with these in place of certificates, with a fresh Diffie-Hellman exchange (psk_dhe_ke).
// `psks` have to outlive the handshake. A client uses the first, a server the one that it is asked
// for.
void use_psks_as_client(SSL_CTX* context, const Psks& psks);
void use_psks_as_server(SSL_CTX* context, const Psks& psks);
/// The name with which the client of a server has shown that it has the key; nothing: it has not.
std::string psk_name(const SSL* ssl);

}  // namespace vscard::chardev::tls
