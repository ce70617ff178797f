#pragma once

#include <system_error>

namespace vscard::chardev::websocket {

/// How a WebSocket fails, beside the errors of the stream that carries it and those of Beast. A
/// value from 1000 on is the code with which the other end closed it, RFC 6455 §7.4.
enum class Errc {
  NotHttp = 1,       ///< a client that sends anything else
  NoAnswer,          ///< a client that does not finish its request
  LongRequest,       ///< a request header above the limit
  NotAskedFor,       ///< an HTTP request for something else
  WrongPath,         ///< a request for another path
  WrongOrigin,       ///< a web page that may not connect
  WrongSubprotocol,  ///< none that is asked for is "binary"
  Text,              ///< a text message
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::chardev::websocket

template <>
struct std::is_error_code_enum<vscard::chardev::websocket::Errc> : std::true_type {};
