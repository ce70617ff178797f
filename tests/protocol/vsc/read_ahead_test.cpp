#include "protocol/vsc/read_ahead.hpp"

#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using namespace std::chrono_literals;
using fakes::from_hex;
using fakes::to_hex;
using Lines = std::vector<std::string>;

constexpr const char* kSelectPiv = "00a4040005a000000308";
constexpr const char* kSelectCac = "00a4040007a0000000790100";
constexpr const char* kDiscovery = "00cb3fff035c017e00";
constexpr const char* kChuid = "00cb3fff055c035fc10200";
constexpr const char* kVerify = "00200080083132333435362020";

/// A card that answers from a table, each command after the same time.
class World {
 public:
  explicit World(AheadPolicy policy, std::optional<Duration> round_trip = 100ms)
      : read_(policy), round_trip_(round_trip) {}

  std::map<std::string, std::string> answers;  ///< "9000" where there is none
  Duration work = 1ms;

  /// What the card is asked ahead when the host asks this.
  Lines ask(const std::string& command) {
    read_.begin(from_hex(command), now_);
    Lines ahead;
    auto response = answer(command);
    while (auto next = read_.next(std::move(response), round_trip_, now_)) {
      ahead.push_back(to_hex(next->view()));
      response = answer(ahead.back());
    }
    host_ = read_.take_answer();
    sent_ = read_.take_ahead();
    return ahead;
  }
  std::string host() const { return host_ ? to_hex(host_->view()) : "none"; }
  std::size_t sent() const { return sent_.exchanges.size(); }
  ReadAhead& machine() { return read_; }

 private:
  SecretBytes answer(const std::string& command) {
    now_ += work;
    const auto found = answers.find(command);
    return SecretBytes::copy_of(from_hex(found == answers.end() ? "9000" : found->second));
  }

  ReadAhead read_;
  std::optional<Duration> round_trip_;
  Time now_{};
  std::optional<SecretBytes> host_;
  Ahead sent_;
};

TEST(ReadAhead, FetchesTheRestThatAResponseAnnounces) {
  World world(AheadPolicy::Rest);
  world.answers = {{kSelectPiv, "6102"}, {"00c0000002", "aabb6100"}, {"00c0000000", "cc9000"}};
  EXPECT_EQ(world.ask(kSelectPiv), (Lines{"00c0000002", "00c0000000"}));
  EXPECT_EQ(world.host(), "6102");
  EXPECT_EQ(world.sent(), 2U);
}

TEST(ReadAhead, ReadsACertificateOf2KbForOneCommand) {
  World world(AheadPolicy::Rest);
  std::string piece;
  for (int i = 0; i < 256; ++i) piece += "30";
  world.answers = {{kChuid, piece + "6100"}, {"00c0000000", piece + "6100"}};
  EXPECT_GE(world.ask(kChuid).size(), 7U);
}

TEST(ReadAhead, RepeatsAReadWithTheRightLength) {
  World world(AheadPolicy::Rest);
  world.answers = {{"00b0000000", "6c05"}, {"00b0000005", "01020304059000"}};
  EXPECT_EQ(world.ask("00b0000000"), Lines{"00b0000005"});
  world.answers["00b0000005"] = "6c05";
  EXPECT_EQ(world.ask("00b0000000"), Lines{"00b0000005"}) << "a card that says it again";
}

TEST(ReadAhead, NeverRepeatsWhatIsNoRead) {
  World world(AheadPolicy::Reads);
  for (const char* command :
       {kVerify, "0084000008", "00880000011000", "80ca9f1700", "01b2011c00"}) {
    world.answers[command] = "6c05";
    EXPECT_EQ(world.ask(command), Lines{}) << command;
  }
}

TEST(ReadAhead, LeavesSecureMessagingAndChainsAlone) {
  World world(AheadPolicy::Rest);
  for (const char* command : {"0ccb3fff00", "10cb3fff00", "80cb3fff00"}) {
    world.answers[command] = "6102";
    EXPECT_EQ(world.ask(command), Lines{}) << command;
  }
}

TEST(ReadAhead, EndsWithACardThatAlwaysHasMore) {
  World world(AheadPolicy::Rest);
  world.answers = {{kChuid, "6110"}, {"00c0000010", "6110"}};
  EXPECT_EQ(world.ask(kChuid).size(), kMaxAheadExchanges);
  EXPECT_EQ(world.ask(kChuid).size(), kMaxAheadExchanges) << "the next command begins anew";
}

TEST(ReadAhead, AsksNothingIfItIsNotToAndWithoutAStatusWord) {
  World nothing(AheadPolicy::Nothing);
  nothing.answers[kChuid] = "6110";
  EXPECT_EQ(nothing.ask(kChuid), Lines{});
  EXPECT_EQ(nothing.host(), "6110");
  World world(AheadPolicy::Rest);
  world.answers[kChuid] = "61";
  EXPECT_EQ(world.ask(kChuid), Lines{});
}

TEST(ReadAhead, ReadsWhatWasReadTheLastTime) {
  World world(AheadPolicy::Reads);
  for (const char* command : {kSelectPiv, kDiscovery, kChuid, kVerify}) {
    EXPECT_EQ(world.ask(command), Lines{}) << "the first time";
  }
  EXPECT_EQ(world.ask(kSelectPiv), (Lines{kDiscovery, kChuid}));
  EXPECT_EQ(world.ask(kVerify), Lines{});
}

TEST(ReadAhead, ReadsNothingTwiceForOneCommand) {
  World world(AheadPolicy::Reads);
  for (const char* command : {kSelectPiv, kDiscovery, kChuid, kDiscovery, kChuid})
    world.ask(command);
  EXPECT_EQ(world.ask(kSelectPiv), (Lines{kDiscovery, kChuid}));
}

TEST(ReadAhead, FetchesTheRestOfWhatItReads) {
  World world(AheadPolicy::Reads);
  world.answers = {{kDiscovery, "6101"}, {"00c0000001", "aa9000"}};
  for (const char* command : {kSelectPiv, kDiscovery, kChuid}) world.ask(command);
  EXPECT_EQ(world.ask(kSelectPiv), (Lines{kDiscovery, "00c0000001", kChuid}));
}

TEST(ReadAhead, DoesNotReadForAHostThatIsNear) {
  for (const auto round_trip : {std::optional<Duration>(), std::optional<Duration>(900us)}) {
    World world(AheadPolicy::Reads, round_trip);
    for (const char* command : {kSelectPiv, kDiscovery}) world.ask(command);
    EXPECT_EQ(world.ask(kSelectPiv), Lines{});
  }
}

TEST(ReadAhead, TakesNoLongerThanItCanSave) {
  World world(AheadPolicy::Reads, 10ms);
  for (const char* command : {kSelectPiv, kDiscovery, kChuid}) world.ask(command);
  world.work = 25ms;
  EXPECT_EQ(world.ask(kSelectPiv), Lines{kDiscovery}) << "25 ms for it, and 20 could be saved";
}

TEST(ReadAhead, ReadsACacOnlyWhileItIsSelected) {
  constexpr const char* kReadBuffer = "0052000002010200";
  World world(AheadPolicy::Rest);
  world.answers[kReadBuffer] = "6c02";
  EXPECT_EQ(world.ask(kReadBuffer), Lines{});
  world.ask(kSelectCac);
  EXPECT_EQ(world.ask(kReadBuffer), Lines{"0052000002010202"});
  world.machine().card_changed();
  EXPECT_EQ(world.ask(kReadBuffer), Lines{}) << "after a reset";
  world.ask(kSelectCac);
  world.ask(kSelectPiv);
  EXPECT_EQ(world.ask(kReadBuffer), Lines{}) << "another application";
}

TEST(ReadAhead, KeepsTheAnswerIfTheCardFailsLater) {
  ReadAhead read(AheadPolicy::Rest);
  read.begin(from_hex(kChuid), Time{});
  EXPECT_TRUE(read.next(SecretBytes::copy_of(from_hex("6110")), 1ms, Time{}));
  EXPECT_EQ(to_hex(read.take_answer()->view()), "6110");
  EXPECT_FALSE(read.take_answer());
  EXPECT_TRUE(read.take_ahead().exchanges.empty());
}

}  // namespace
}  // namespace vscard::protocol::vsc
