#include "program/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vscard::program {
namespace {

TEST(Json, WritesValues) {
  const std::optional<std::string> none;
  EXPECT_EQ(Json(nullptr).text(), "null");
  EXPECT_EQ(Json(true).text(), "true");
  EXPECT_EQ(Json(std::uint64_t{18'446'744'073'709'551'615U}).text(), "18446744073709551615");
  EXPECT_EQ(Json(-1).text(), "-1");
  EXPECT_EQ(Json("soft").text(), R"("soft")");
  EXPECT_EQ(Json(none).text(), "null");
  EXPECT_EQ(Json(std::optional<std::string>("x")).text(), R"("x")");
  EXPECT_EQ(Json::seconds(1'764'000'000'000'120).text(), "1764000000.000120");
}

TEST(Json, WritesObjectsAndArrays) {
  EXPECT_EQ(Json::object({}).text(), "{}");
  EXPECT_EQ(Json::array({}).text(), "[]");
  const Json card = Json::object({{"card", "soft"}, {"peer", nullptr}, {"in", true}});
  EXPECT_EQ(card.text(), R"({"card":"soft","peer":null,"in":true})");
  EXPECT_EQ(Json::array({card, 1, "a"}).text(), "[" + card.text() + R"(,1,"a"])");
}

TEST(Json, EscapesText) {
  EXPECT_EQ(Json("\"\\\b\f\n\r\t\x01\x1f\x7f/").text(),
            "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/\"");
}

/// A parser that others wrote reads what every byte has become.
TEST(Json, EveryTextIsReadByOthers) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const nlohmann::json theirs = text;
      const auto expected = nlohmann::json::parse(
          theirs.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      const auto ours = nlohmann::json::parse(Json(text).text(), nullptr, false);
      if (first < 0x80 || second < 0x80) {
        EXPECT_EQ(ours, expected) << first << " " << second;
      } else {
        EXPECT_TRUE(ours.is_string()) << first << " " << second;
      }
    }
  }
}

TEST(Json, KeepsUtf8AndReplacesWhatIsNot) {
  for (const char* text : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "Zo\xc3\xab \xe2\x82\xac"}) {
    EXPECT_EQ(Json(text).text(), std::string("\"") + text + "\"");
  }
  const std::string r = "\xef\xbf\xbd";
  const std::pair<const char*, int> broken[] = {
      {"\x80", 1},         {"\xc1\xbf", 2},         {"\xe0\x9f\xbf", 3},     {"\xed\xa0\x80", 3},
      {"\xf0\x8f\xbf", 3}, {"\xf4\x90\x80\x80", 4}, {"\xf5\x80\x80\x80", 4}, {"\xe2\x82", 2},
      {"\xff", 1}};
  for (const auto& [text, replacements] : broken) {
    std::string expected = "\"";
    for (int i = 0; i < replacements; ++i) expected += r;
    EXPECT_EQ(Json(text).text(), expected + "\"");
  }
}

}  // namespace
}  // namespace vscard::program
