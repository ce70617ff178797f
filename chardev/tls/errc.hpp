#pragma once

#include <system_error>

namespace vscard::chardev::tls {

/// How TLS fails, beside the errors of the stream that carries it.
enum class Errc {
  SpeaksPlain = 1,  ///< plain bytes answer a TLS greeting
  BrokenOff,        ///< what should be TLS is not, or is an alert
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::chardev::tls

template <>
struct std::is_error_code_enum<vscard::chardev::tls::Errc> : std::true_type {};
