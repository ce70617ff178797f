#pragma once

#include <system_error>

namespace vscard::chardev::nats {

/// How a stream over NATS ends, beside the ends that every stream has. The messages are parts of
/// log lines.
enum class Errc {
  BadMessage = 1,  ///< what came is not a message of ours, or says what cannot be
  Lost,            ///< a message is missing: NATS tells neither side what it drops
  BeyondWindow,    ///< the other end sends more than it was allowed to
  Silent,          ///< nothing has come from the other end for kSilence
  NobodyThere,     ///< the server says that nobody has the other end's subject
  ServerGone,      ///< the connection to the server has ended
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::chardev::nats

template <>
struct std::is_error_code_enum<vscard::chardev::nats::Errc> : std::true_type {};
