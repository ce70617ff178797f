#include "inspect/request.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace vscard::inspect {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Message = http::request<http::string_body>;

std::optional<std::string> field(const Message& message, http::field name) {
  const auto [begin, end] = message.equal_range(name);
  if (begin == end) return std::nullopt;
  if (std::next(begin) != end) return "";  // which one is meant?
  return std::string(begin->value());
}

std::string token_of(const Message& message) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string given = field(message, http::field::authorization).value_or("");
  return given.starts_with(kBearer) ? given.substr(kBearer.size()) : "";
}

Request request_of(Message message) {
  return {.method = std::string(message.method_string()),
          .target = std::string(message.target()),
          .host = field(message, http::field::host).value_or(""),
          .origin = field(message, http::field::origin),
          .token = token_of(message),
          .body = std::move(message.body())};
}

Status status_of(const error_code& error) {
  const bool large = error == http::error::header_limit || error == http::error::body_limit ||
                     error == http::error::buffer_overflow;
  return large ? Status::TooLarge : Status::BadRequest;
}

}  // namespace

struct RequestDecoder::Parser {
  http::request_parser<http::string_body> parser;
};

RequestDecoder::RequestDecoder() : parser_(std::make_unique<Parser>()) {
  parser_->parser.header_limit(kMaxHead);
  parser_->parser.body_limit(kMaxBody);
  parser_->parser.eager(true);
}

RequestDecoder::~RequestDecoder() = default;

std::optional<std::expected<Request, Status>> RequestDecoder::feed(std::string_view bytes) {
  auto& parser = parser_->parser;
  unparsed_ += bytes;
  error_code error;
  while (!unparsed_.empty() && !parser.is_done()) {
    const std::size_t used = parser.put(boost::asio::buffer(unparsed_), error);
    unparsed_.erase(0, used);
    if (error || used == 0) break;
  }
  if (error == http::error::need_more) return std::nullopt;
  if (error) return std::unexpected(status_of(error));
  if (!parser.is_done()) return std::nullopt;
  return request_of(parser.release());
}

}  // namespace vscard::inspect
