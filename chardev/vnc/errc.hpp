#pragma once

#include <system_error>

namespace vscard::chardev::vnc {

/// What can go wrong on a card's channel over VNC. The messages are parts of a line for the user.
enum class Errc {
  NotRfb = 1,       ///< its first bytes are not "RFB "
  AnotherVersion,   ///< before 3.8
  BadMessage,       ///< what RFB does not have
  UnknownLogin,     ///< neither None nor VNC Authentication is among the security types
  NoTls,            ///< it was asked for, and there is none with a certificate
  NeedsPassword,    ///< and none was given
  WrongPassword,    ///< or the server refuses for another reason: it has one answer
  Refused,          ///< without a login
  NoDes,            ///< OpenSSL does not have the cipher of VNC passwords
  NoChannel,        ///< the server does not know the extension
  NotOfTheChannel,  ///< what may not come after the announcement
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::chardev::vnc

template <>
struct std::is_error_code_enum<vscard::chardev::vnc::Errc> : std::true_type {};
