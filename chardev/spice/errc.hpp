#pragma once

#include <system_error>

namespace vscard::chardev::spice {

/// What can go wrong between a SPICE server and its client. The messages are parts of a line for
/// the user and say what to do.
enum class Errc {
  // What the other end is
  NotSpice = 1,    ///< its first bytes are not "REDQ"
  SpeaksTls,       ///< a TLS alert answers a plain greeting
  SpeaksPlain,     ///< plain bytes answer a TLS greeting
  AnotherVersion,  ///< another major version, or one without mini headers
  BadMessage,      ///< a length or a field that SPICE does not have
  // What it refuses
  WrongPassword,
  NeedsPassword,  ///< and none was given
  NeedsSasl,
  NeedsTls,
  NeedsPlain,
  NoSuchChannel,
  AnotherPort,  ///< of another name
  Taken,        ///< another client has the channel
  Refused,      ///< for any other reason
  HungUp,       ///< without a word
  // How it ends
  SessionGone,  ///< the session's main channel has ended before a further channel was linked
  Closed,
  Disconnected,  ///< the server says so
  Migrated,
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::chardev::spice

template <>
struct std::is_error_code_enum<vscard::chardev::spice::Errc> : std::true_type {};
