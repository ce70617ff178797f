#include "pcsc-bridge/options.hpp"

#include "program/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace vscard::pcsc_bridge {
namespace {

using testing::ElementsAre;

/// `pcsc-bridge run` with these cards; the exit status where they are refused.
std::expected<RunOptions, int> run(const std::vector<std::string>& cards) {
  std::vector<const char*> words{"pcsc-bridge", "run"};
  for (const std::string& card : cards) words.insert(words.end(), {"--card", card.c_str()});
  words.insert(words.end(), {"--", "true"});
  auto line = parse_command_line(static_cast<int>(words.size()), words.data());
  if (!line) return std::unexpected(line.error());
  return std::get<RunOptions>(*line);
}

/// What each vscclient is told, and each card's name.
std::vector<std::string> texts(const std::vector<std::string>& cards) {
  std::vector<std::string> texts;
  const auto options = run(cards);
  for (const Card& card : options.value().cards) {
    texts.push_back(card.text + " = " + card.spec.name);
  }
  return texts;
}

TEST(RunOptions, GiveEachCardAName) {
  EXPECT_THAT(texts({}), ElementsAre("soft,name=soft = soft"));
  EXPECT_THAT(texts({"soft", "nss:db=/a", "soft:", "pcsc:reader=Yubi*"}),
              ElementsAre("soft,name=soft = soft", "nss:db=/a,name=token = token",
                          "soft:name=soft2 = soft2", "pcsc:reader=Yubi*,name=pcsc = pcsc"));
  EXPECT_THAT(texts({"soft:name=mine", "libcacard:a,b"}),
              ElementsAre("soft:name=mine = mine", "libcacard:a,b = card"));
}

/// What `pcsc-bridge run` says of words that it refuses.
std::string refusal(std::vector<const char*> words) {
  words.insert(words.begin(), {"pcsc-bridge", "run"});
  testing::internal::CaptureStderr();
  log::start("pcsc-bridge");
  const auto line = parse_command_line(static_cast<int>(words.size()), words.data());
  EXPECT_EQ(line.error(), 2);
  return testing::internal::GetCapturedStderr();
}

TEST(RunOptions, NameTheDashesThatAreMissing) {
  const auto names = testing::HasSubstr("'true' has no -- before it");
  EXPECT_THAT(refusal({"true"}), names);
  EXPECT_THAT(refusal({"--card", "soft", "true", "--version"}), names);
  EXPECT_THAT(refusal({"--card=soft", "true"}), names);
  EXPECT_THAT(refusal({"--card"}), testing::Not(testing::HasSubstr("has no --")));
}

TEST(RunOptions, LookInsideOurOwnServiceAlone) {
  for (const char* option : {"--inspect", "--capture=a.pcapng", "--with-system"}) {
    EXPECT_THAT(refusal({option, "--with-pcscd", "--", "true"}),
                testing::HasSubstr("is for our own service, not for --with-pcscd"));
  }
}

TEST(RunOptions, GiveReadersDifferentNames) {
  EXPECT_THAT(texts({"soft:name=a/b", "pcsc"}), testing::SizeIs(2));
  EXPECT_EQ(run({"soft:name=a/b", "soft:name=a?b"}).error(), 2) << "both are 'vscard a_b'";
}

TEST(RunOptions, RefuseACardBeforeAnythingStarts) {
  for (const char* card :
       {"hard", "soft:pin=1", "soft:name=", "nss", "pcsc:hold=x", "pcsc:share"}) {
    const auto options = run({"soft", card});
    ASSERT_FALSE(options) << card;
    EXPECT_EQ(options.error(), 2) << card;
  }
}

TEST(RunOptions, WaitForAnotherRunOnlyIfTold) {
  const auto wait = [](std::vector<const char*> words) {
    words.insert(words.end(), {"--", "true"});
    const auto line = parse_command_line(static_cast<int>(words.size()), words.data());
    return std::get<RunOptions>(line.value()).wait;
  };
  EXPECT_EQ(wait({"pcsc-bridge", "run"}), std::chrono::seconds(0));
  EXPECT_EQ(wait({"pcsc-bridge", "run", "--wait", "60"}), std::chrono::seconds(60));
}

}  // namespace
}  // namespace vscard::pcsc_bridge
