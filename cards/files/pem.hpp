#pragma once

#include "cards/files/contents.hpp"
#include "cards/files/password.hpp"
#include "cards/files/work.hpp"
#include "protocol/bytes.hpp"

namespace vscard::cards::files {

/// Appends all keys and certificates of a PEM file (RFC 7468, and OpenSSL's own forms of keys), in
/// their order. `file` is its name for the user. The failure is a line without it.
Result<> read_pem(protocol::Bytes bytes, const std::string& file, Password& password, Work& work,
                  Contents& contents);

}  // namespace vscard::cards::files
