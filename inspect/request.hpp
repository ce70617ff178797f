#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vscard::inspect {

/// What a browser asks for.
struct Request {
  std::string method;                 ///< "GET"
  std::string target;                 ///< "/lines?from=7"
  std::string host;                   ///< of the header; empty: none, or several
  std::optional<std::string> origin;  ///< of a page's script, "http://127.0.0.1:8080"
  std::string token;                  ///< of "Authorization: Bearer"; empty: none
  std::string body;
};

/// Statuses of HTTP, RFC 9110 §15.
enum class Status {
  Ok = 200,
  BadRequest = 400,
  Unauthorized = 401,
  Forbidden = 403,
  NotFound = 404,
  NotAllowed = 405,
  Conflict = 409,
  TooLarge = 413,
  Busy = 503,
};

/// Reads one request of HTTP/1 with Beast, which is in its source alone, for the sake of compile
/// times.
class RequestDecoder {
 public:
  static constexpr std::size_t kMaxHead = 8192;  ///< bytes
  static constexpr std::size_t kMaxBody = 4096;  ///< bytes

  RequestDecoder();
  RequestDecoder(const RequestDecoder&) = delete;
  RequestDecoder& operator=(const RequestDecoder&) = delete;
  ~RequestDecoder();

  /// The request, once, or what to answer to one that makes no sense; nothing: more bytes are
  /// needed. What follows the request is ignored.
  std::optional<std::expected<Request, Status>> feed(std::string_view bytes);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string unparsed_;
};

}  // namespace vscard::inspect
