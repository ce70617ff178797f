#pragma once

#include "cards/libcacard/certificate.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The pkcs11: URIs that name certificates, RFC 7512.
namespace vscard::cards::libcacard {

inline constexpr std::string_view kUriScheme = "pkcs11:";

/// All but letters and digits as "%2C".
std::string percent_encoded(std::string_view text);
/// The same of bytes that are written in hexadecimal.
std::string percent_encoded_hex(std::string_view hex);
/// A URI without the characters that end a word in libcacard's arguments.
std::string escaped_for_libcacard(std::string_view uri);

/// Does the URI name this certificate, on a token with this label? It may name the token, the
/// object's id and its label. Nothing where it is not a URI.
std::optional<bool> uri_names(const std::string& uri, const Certificate& certificate,
                              std::string_view token);

}  // namespace vscard::cards::libcacard
