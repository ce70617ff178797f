#pragma once

#include <system_error>

namespace vscard::chardev::websocket {

/// How a WebSocket fails, beside the errors of the stream that carries it and those of Beast. A
/// value from 1000 on is the code with which the other end closed it, RFC 6455 §7.4.
enum class Errc {
  Text = 1,  ///< a text message
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::chardev::websocket

template <>
struct std::is_error_code_enum<vscard::chardev::websocket::Errc> : std::true_type {};
