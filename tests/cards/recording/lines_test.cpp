// The format: what is written is what docs/record-replay.md says, and is read back.

#include "cards/recording/read.hpp"
#include "cards/recording/write.hpp"
#include "tests/fakes/cards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::recording {
namespace {

using protocol::iso7816::BlankedApdu;
using testing::HasSubstr;
using What = Event::What;

constexpr Timestamp kNow{1'795'896'123'000'456};

BlankedApdu apdu(const std::string& hex, std::size_t blank_begin = 0, std::size_t blank_size = 0) {
  return {.bytes = fakes::from_hex(hex), .blank_begin = blank_begin, .blank_size = blank_size};
}

std::string written(const Message& message) {
  LineWriter writer("so\"ft");
  writer.write(message, kNow);
  return std::string(writer.lines());
}

const std::string kHeader =
    R"({"format":"vscard recording","version":1,"time":1795896123.000456,"card":"a","reader":"r",)"
    R"("secrets":"blank"})"
    "\n";

const std::string kBegin = R"({"time":1795896123.000456,"card":"so\"ft",)";

const std::vector<std::pair<Message, std::string>> kGolden{
    {Command{apdu("00a4040000")},
     R"("command":"00a4040000","name":"SELECT","object":"default application"})"},
    {Command{apdu("002000800000", 4, 2)},
     R"("command":"002000800000","blank":{"from":4,"bytes":2},"name":"VERIFY","object":"PIN 80"})"},
    {Response{apdu("019000")}, R"("response":"019000"})"},
    {Response{apdu("009000", 0, 1)}, R"("response":"009000","blank":{"from":0,"bytes":1}})"},
    {NoResponse{CardError::NoCard}, R"("response":null,"why":"no card"})"},
    {NoResponse{CardError::Failed}, R"("response":null,"why":"failed"})"},
    {Event{What::Inserted, fakes::atr("3b00")}, R"("event":"inserted","atr":"3b00"})"},
    {Event{What::Removed, std::nullopt}, R"("event":"removed"})"},
    {Event{What::Reset, fakes::atr("3b00")}, R"("event":"reset","atr":"3b00"})"},
    {Event{What::Reset, std::nullopt}, R"("event":"reset"})"},
    {Event{What::OtherReset, fakes::atr("3b00")}, R"("event":"other-reset","atr":"3b00"})"}};

TEST(RecordingLines, AreWritten) {
  for (const auto& [message, line] : kGolden) EXPECT_EQ(written(message), kBegin + line + "\n");
  LineWriter writer("a");
  writer.write(Header{.reader = "r"}, kNow);
  EXPECT_EQ(writer.lines(), kHeader);
  writer.clear();
  EXPECT_EQ(writer.lines(), "");
  EXPECT_THAT(written(Header{.reader = "r", .with_secrets = true}),
              HasSubstr(R"("secrets":"written"})"));
}

TEST(RecordingLines, AreReadBack) {
  for (const auto& [message, line] : kGolden) {
    const auto recording = parse_recording(kHeader + kBegin + line + "\n");
    ASSERT_TRUE(recording) << line << ": " << recording.error().text;
    ASSERT_EQ(recording->lines.size(), 2U);
    EXPECT_EQ(recording->lines[1].number, 2U);
    EXPECT_EQ(recording->lines[1].time, kNow);
    EXPECT_EQ(recording->lines[1].message, message) << line;
    EXPECT_EQ(recording->cut_off, 0U);
  }
}

// As with a kill, wherever that hits.
TEST(RecordingLines, ThatAreCutOffAreLeftOutAndTold) {
  const std::string line = kBegin + kGolden[1].second + "\n";
  const std::string text = kHeader + kBegin + kGolden[0].second + "\n" + line;
  for (std::size_t cut = 1; cut < line.size(); ++cut) {
    const std::string whole = text.substr(0, text.size() - cut);
    const auto recording = parse_recording(whole);
    ASSERT_TRUE(recording) << whole;
    EXPECT_EQ(recording->lines.size(), 2U);
    EXPECT_EQ(recording->cut_off, 3U);
    const auto gone_on = parse_recording(whole + "\n" + kHeader + line);
    if (cut == 1) continue;  // just its end
    ASSERT_TRUE(gone_on) << whole;
    EXPECT_EQ(gone_on->cut_off, 3U);
    EXPECT_EQ(gone_on->lines.size(), 4U);
    EXPECT_FALSE(parse_recording(whole + "\n" + line)) << "no program begins there";
  }
}

TEST(RecordingLines, MayHaveMembersThatAreNewer) {
  const auto recording =
      parse_recording(kHeader + "\n" + R"({"time":1,"command":"00a4","mood":["good"]})" + "\n");
  ASSERT_TRUE(recording);
  EXPECT_EQ(recording->lines[1].number, 3U);
}

std::string refusal(const std::string& text) {
  const auto recording = parse_recording(text);
  return recording ? "" : recording.error().text;
}

TEST(Recordings, BeginWithAHeader) {
  EXPECT_EQ(refusal(""), "1: nothing is recorded here");
  EXPECT_EQ(refusal("ELF\n"), "1: not a JSON object");
  EXPECT_EQ(refusal(R"({"time":1,"command":"00"})"
                    "\n"),
            "1: not a recording of vscard: it begins without a header");
  EXPECT_EQ(refusal(R"({"format":"pcap","version":1,"time":1})"
                    "\n"),
            "1: not a recording of vscard");
  EXPECT_EQ(refusal(R"({"format":"vscard recording","version":2,"time":1})"
                    "\n"),
            "1: the recording is of another version; this program reads version 1");
}

TEST(Recordings, ThatAreWrongAreRefusedWithTheLine) {
  const auto line = [](const std::string& text) { return refusal(kHeader + text + "\n\n"); };
  EXPECT_EQ(line("7"), "2: not a JSON object");
  EXPECT_EQ(line(R"({"time":1})"), "2: neither command, response nor event");
  EXPECT_EQ(line(R"({"command":"00a4"})"), "2: no time");
  EXPECT_EQ(line(R"({"time":-1,"command":"00a4"})"), "2: no time");
  EXPECT_EQ(line(R"({"time":1e300,"command":"00a4"})"), "2: no time");
  EXPECT_EQ(line(R"({"time":1,"command":"00a"})"), "2: the command is not hexadecimal");
  EXPECT_EQ(line(R"({"time":1,"command":7})"), "2: the command is not hexadecimal");
  EXPECT_EQ(line(R"({"time":1,"response":"90"})"), "2: the response has no status word");
  EXPECT_EQ(line(R"({"time":1,"event":"eaten"})"), "2: there is no such event");
  EXPECT_EQ(line(R"({"time":1,"event":"inserted"})"), "2: the event has no atr");
  EXPECT_EQ(line(R"({"time":1,"event":"inserted","atr":"00"})"),
            "2: the atr is none of ISO 7816-3");
  for (const char* blank : {R"({"from":3,"bytes":2})", R"({"from":5,"bytes":0})", R"({"from":0})",
                            R"({"from":0,"bytes":18446744073709551615})", "7", R"([0,1])"}) {
    EXPECT_EQ(line(std::string(R"({"time":1,"command":"00a40400","blank":)") + blank + "}"),
              "2: what is blank is not a part of the bytes");
  }
}

TEST(Recordings, HaveNoLongerMessagesThanCards) {
  const auto with = [](const char* member, std::size_t size) {
    return refusal(kHeader + R"({"time":1,")" + member + "\":\"" + std::string(size * 2, '0') +
                   "\"}\n\n");
  };
  EXPECT_EQ(with("command", 65544), "");
  EXPECT_EQ(with("command", 65545), "2: the command is too long");
  EXPECT_EQ(with("response", 65538), "");
  EXPECT_EQ(with("response", 65539), "2: the response is too long");
}

}  // namespace
}  // namespace vscard::cards::recording
