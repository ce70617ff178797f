#include "inspect/request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vscard::inspect {
namespace {

constexpr std::string_view kPost =
    "POST /command HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "Origin: http://127.0.0.1:8080\r\n"
    "Authorization: Bearer 0123\r\n"
    "Content-Length: 11\r\n"
    "\r\n"
    "remove soft";

std::expected<Request, Status> decode(std::string_view text) {
  RequestDecoder decoder;
  return decoder.feed(text).value_or(std::unexpected(Status::Busy));
}

void expect_post(const Request& request) {
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/command");
  EXPECT_EQ(request.host, "127.0.0.1:8080");
  EXPECT_EQ(request.origin, "http://127.0.0.1:8080");
  EXPECT_EQ(request.token, "0123");
  EXPECT_EQ(request.body, "remove soft");
}

TEST(RequestDecoder, ReadsARequest) { expect_post(*decode(kPost)); }

TEST(RequestDecoder, ReadsItHoweverItIsSplit) {
  for (std::size_t at = 0; at < kPost.size(); ++at) {
    RequestDecoder decoder;
    EXPECT_FALSE(decoder.feed(kPost.substr(0, at))) << at;
    const auto request = decoder.feed(kPost.substr(at));
    ASSERT_TRUE(request && *request) << at;
    expect_post(**request);
  }
}

TEST(RequestDecoder, ReadsItByteByByte) {
  RequestDecoder decoder;
  for (const char c : kPost.substr(0, kPost.size() - 1)) ASSERT_FALSE(decoder.feed({&c, 1}));
  expect_post(**decoder.feed(kPost.substr(kPost.size() - 1)));
}

TEST(RequestDecoder, HasNoHostOrTokenWhereThereIsNone) {
  const auto request = decode("GET / HTTP/1.1\r\nAuthorization: Basic 0123\r\n\r\n");
  EXPECT_EQ(request->host, "");
  EXPECT_EQ(request->origin, std::nullopt);
  EXPECT_EQ(request->token, "");
}

TEST(RequestDecoder, TakesNoneOfSeveralHosts) {
  EXPECT_EQ(decode("GET / HTTP/1.1\r\nHost: localhost\r\nHost: a.example\r\n\r\n")->host, "");
}

TEST(RequestDecoder, RefusesWhatIsNotHttp) {
  EXPECT_EQ(decode("\x16\x03\x01 is TLS\r\n\r\n").error(), Status::BadRequest);
  EXPECT_EQ(decode("GET / HTTP/9.9\r\n\r\n").error(), Status::BadRequest);
}

TEST(RequestDecoder, HasLimits) {
  const std::string head = "GET / HTTP/1.1\r\nHost: ";
  EXPECT_EQ(decode(head + std::string(RequestDecoder::kMaxHead, 'a')).error(), Status::TooLarge);
  const std::string body = std::to_string(RequestDecoder::kMaxBody + 1);
  EXPECT_EQ(decode("POST / HTTP/1.1\r\nContent-Length: " + body + "\r\n\r\n").error(),
            Status::TooLarge);
}

}  // namespace
}  // namespace vscard::inspect
