#include "inspect/narrator.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vscard::inspect {
namespace {

using nlohmann::json;
using What = program::TappedApdu::What;

class Narrated : public testing::Test {
 protected:
  SeenApdu seen(What what, const std::string& hex) const {
    return {.time = WallTime(std::chrono::milliseconds(1'500)),
            .about = "card",
            .name = name_,
            .by = by_,
            .what = what,
            .message = {.bytes = fakes::from_hex(hex)}};
  }
  json tell(const Seen& seen) { return json::parse(narrator_.line(seen)); }

  std::string name_ = "soft";
  std::string by_;
  Narrator narrator_;
};

TEST_F(Narrated, IsOneLineOfJsonWithNames) {
  EXPECT_EQ(tell(seen(What::Command, "00a4040005a000000308")),
            (json{{"event", "apdu"},
                  {"time", 1.5},
                  {"card", "soft"},
                  {"command", "00a4040005a000000308"},
                  {"name", "SELECT"},
                  {"object", "PIV"}}));
  EXPECT_EQ(tell(seen(What::Response, "6110")), (json{{"event", "apdu"},
                                                      {"time", 1.5},
                                                      {"card", "soft"},
                                                      {"response", "6110"},
                                                      {"status", "more: 16 bytes"}}));
  EXPECT_EQ(tell(seen(What::NoAnswer, ""))["response"], nullptr);
  EXPECT_EQ(tell(seen(What::Response, "90"))["status"], "malformed");
}

TEST_F(Narrated, SaysWhoAsked) {
  by_ = "<b>opensc-tool</b> (4711)";
  EXPECT_EQ(tell(seen(What::Command, "00a40400"))["by"], by_);
  by_.clear();
  EXPECT_FALSE(tell(seen(What::Command, "00a40400")).contains("by"));
}

TEST_F(Narrated, SaysWhichBytesAreBlank) {
  SeenApdu verify = seen(What::Command, "0020008000000000");
  verify.message.blank_begin = 4;
  verify.message.blank_size = 4;
  const json told = tell(verify);
  EXPECT_EQ(told["blank"], (json{{"from", 4}, {"bytes", 4}}));
  EXPECT_EQ(told["name"], "VERIFY");
}

TEST_F(Narrated, KeepsTheConversationsOfCardsApart) {
  tell(seen(What::Command, "00a4040005a000000308"));
  name_ = "other";
  EXPECT_EQ(tell(seen(What::Command, "00200080"))["object"], "PIN 80");
  name_ = "soft";
  tell(seen(What::Response, "9000"));
  EXPECT_EQ(tell(seen(What::Command, "00200080"))["object"], "PIN");
}

TEST_F(Narrated, PassesEventsOn) {
  EXPECT_EQ(narrator_.line(SeenEvent{.line = R"({"event":"card"})"}), R"({"event":"card"})");
}

TEST_F(Narrated, TakesAnyName) {
  name_ = "<script>\"\n\xff";
  const std::string line = narrator_.line(seen(What::Command, "00200080"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(line)["card"], "<script>\"\n\xef\xbf\xbd");
}

}  // namespace
}  // namespace vscard::inspect
