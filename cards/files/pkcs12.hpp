#pragma once

#include "cards/files/contents.hpp"
#include "cards/files/password.hpp"
#include "cards/files/work.hpp"
#include "protocol/bytes.hpp"

namespace vscard::cards::files {

/// All keys and certificates of a PKCS#12 file (RFC 7292): several keys, too, which OpenSSL's own
/// PKCS12_parse() mixes up. `file` is its name for the user. A file without a password is opened
/// without asking for one. The failure is a line for the user without the file's name.
Result<Contents> read_pkcs12(protocol::Bytes bytes, const std::string& file, Password& password,
                             Work& work);

}  // namespace vscard::cards::files
