#include "program/trace.hpp"

#include "program/events.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/program/run_now.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace vscard::program {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using What = TappedApdu::What;

class Tracing : public testing::Test {
 protected:
  Lines trace(const Words& words) {
    const auto answer = test::run_now(io_, table_.run(words));
    return std::get<Lines>(answer->value());
  }
  void pass(What what, const std::string& hex) {
    const protocol::iso7816::BlankedApdu message{.bytes = fakes::from_hex(hex)};
    watchers_.show({.about = "card", .name = "soft", .by = by_, .what = what, .message = message});
  }
  std::string take(LineQueue& lines) {
    const auto taken = test::run_now(io_, lines.take());
    return taken ? taken->value_or("(end)") : "(waits)";
  }

  std::string by_;
  asio::io_context io_{1};
  Watchers watchers_;
  CommandTable table_{{trace_command(watchers_)}};
};

TEST_F(Tracing, HasALineForEachCommandWhenItsAnswerCame) {
  const Lines lines = trace({"trace"});
  pass(What::Command, "00a4040005a000000308");
  const auto taken = test::start(io_, lines->take());
  EXPECT_FALSE(*taken) << "there is no answer";
  pass(What::Response, "61109000");
  io_.restart();
  io_.poll();
  const std::string line = taken->value().value();
  EXPECT_THAT(line, HasSubstr("  soft  SELECT                 PIV      "));
  EXPECT_THAT(line, ContainsRegex("  success +2 bytes +[0-9.]+ ms\n$"));
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
}

TEST_F(Tracing, SaysWhoAsked) {
  const Lines lines = trace({"trace"});
  by_ = "opensc-tool (4711)";
  pass(What::Command, "00a40400");
  by_.clear();
  pass(What::Response, "9000");
  EXPECT_THAT(take(*lines), ContainsRegex(" ms  opensc-tool .4711.\n$"));
}

TEST_F(Tracing, TellsOtherOutcomes) {
  const Lines lines = trace({"trace"});
  pass(What::Command, "00200080");
  pass(What::Response, "63c2");
  EXPECT_THAT(take(*lines), HasSubstr("63c2 tries left: 2"));
  pass(What::Command, "00200080");
  pass(What::NoAnswer, "");
  EXPECT_THAT(take(*lines), HasSubstr("no answer"));
  pass(What::Command, "00");
  pass(What::Response, "90");
  EXPECT_THAT(take(*lines), ContainsRegex("malformed .*malformed"));
}

TEST_F(Tracing, IsInColourForThoseWhoWantThat) {
  const Lines plain = trace({"trace"});
  const Lines coloured = trace({"trace", "--color"});
  pass(What::Command, "00a40400");
  pass(What::Response, "6a82");
  EXPECT_THAT(take(*plain), Not(HasSubstr("\x1b")));
  EXPECT_THAT(take(*coloured), HasSubstr("\x1b[33m6a82 not found"));
}

TEST_F(Tracing, TellsOfFaultsWhereTheyHit) {
  const Lines plain = trace({"trace"});
  const Lines coloured = trace({"trace", "--color"});
  watchers_.publish([] { return fault_event({"card", "soft"}, "mute", {"command", "00b00000"}); });
  watchers_.publish([] { return card_event({"card", "soft"}, "absent", std::nullopt); });
  EXPECT_THAT(take(*plain),
              ContainsRegex("^[0-9:.]+  soft  fault mute hits the command 00b00000\n$"));
  EXPECT_THAT(take(*coloured), HasSubstr("\x1b[33mfault mute hits the command 00b00000\x1b[0m\n"));
}

TEST_F(Tracing, CostsNothingWhenNobodyReads) {
  EXPECT_FALSE(watchers_.tapped());
  Lines lines = trace({"trace"});
  EXPECT_TRUE(watchers_.tapped());
  lines->close();
  pass(What::Command, "00a40400");
  pass(What::Response, "9000");
  EXPECT_FALSE(watchers_.tapped());
  lines = trace({"trace"});
  EXPECT_TRUE(watchers_.tapped());
}

TEST_F(Tracing, HasALimitOfReaders) {
  std::vector<Lines> all;
  for (std::size_t i = 0; i < Watchers::kMaxWatchers; ++i) all.push_back(trace({"trace"}));
  EXPECT_FALSE(*test::run_now(io_, table_.run({"trace"})));
}

}  // namespace
}  // namespace vscard::program
