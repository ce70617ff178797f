#include "inspect/response.hpp"

#include <fmt/core.h>

namespace vscard::inspect {
namespace {

constexpr std::string_view kFields =
    "Connection: close\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n";

constexpr std::string_view reason_of(Status status) {
  switch (status) {
    case Status::Ok:
      return "OK";
    case Status::BadRequest:
      return "Bad Request";
    case Status::Unauthorized:
      return "Unauthorized";
    case Status::Forbidden:
      return "Forbidden";
    case Status::NotFound:
      return "Not Found";
    case Status::NotAllowed:
      return "Method Not Allowed";
    case Status::Conflict:
      return "Conflict";
    case Status::TooLarge:
      return "Content Too Large";
    case Status::Busy:
      return "Service Unavailable";
  }
  return "";
}

}  // namespace

std::string response_head(Status status, std::string_view type) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n{}\r\n", static_cast<int>(status),
                     reason_of(status), type, kFields);
}

std::string response(Status status, std::string_view text) {
  return response_head(status, "text/plain; charset=utf-8").append(text);
}

}  // namespace vscard::inspect
