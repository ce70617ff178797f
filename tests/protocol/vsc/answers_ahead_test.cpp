#include "protocol/vsc/answers_ahead.hpp"

#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using fakes::from_hex;
using fakes::to_hex;

constexpr const char* kDiscovery = "00cb3fff035c017e00";
constexpr const char* kChuid = "00cb3fff055c035fc10200";

using Exchanges = std::vector<std::pair<std::string, std::string>>;
const Exchanges kOne{{kDiscovery, "019000"}};

/// What a host knows, and is asked.
class Known {
 public:
  explicit Known(const Exchanges& exchanges) {
    known_.put(std::get<Ahead>(test::ahead(exchanges).body));
  }
  /// "card": only that knows.
  std::string ask(const std::string& command) {
    const auto answer = known_.take(from_hex(command));
    return answer ? to_hex(answer->view()) : "card";
  }
  void clear() { known_.clear(); }

 private:
  AnswersAhead known_;
};

TEST(AnswersAhead, GiveTheRestOfAResponse) {
  Known known({{"00c0000002", "aabb6101"}, {"00c0000001", "cc9000"}});
  EXPECT_EQ(known.ask("00c0000002"), "aabb6101");
  EXPECT_EQ(known.ask("00c0000001"), "cc9000");
  EXPECT_EQ(known.ask("00c0000001"), "card");
}

TEST(AnswersAhead, GiveAReadAsOftenAsItIsAskedFor) {
  Known known({{kDiscovery, "019000"}, {kChuid, "029000"}});
  EXPECT_EQ(known.ask(kChuid), "029000");
  EXPECT_EQ(known.ask(kDiscovery), "019000");
  EXPECT_EQ(known.ask(kDiscovery), "019000");
}

TEST(AnswersAhead, AreDroppedByAnyOtherCommand) {
  for (const char* other : {"00a4040000", "00cb3fff055c035fc10500", "0020008008", "00", ""}) {
    Known known(kOne);
    EXPECT_EQ(known.ask(other), "card");
    EXPECT_EQ(known.ask(kDiscovery), "card") << other;
  }
  Known known(kOne);
  known.clear();
  EXPECT_EQ(known.ask(kDiscovery), "card");
}

TEST(AnswersAhead, GiveTheRestOfTheReadThatWasAskedForLast) {
  const Exchanges both{
      {kDiscovery, "6101"}, {"00c0000001", "aa9000"}, {kChuid, "6101"}, {"00c0000001", "bb9000"}};
  Known known(both);
  EXPECT_EQ(known.ask(kChuid), "6101");
  EXPECT_EQ(known.ask("00c0000001"), "bb9000");
  EXPECT_EQ(known.ask(kDiscovery), "6101");
  EXPECT_EQ(known.ask("00c0000001"), "aa9000");
  EXPECT_EQ(Known(both).ask("00c0000001"), "card") << "what was executed last had no rest";
}

TEST(AnswersAhead, GiveLessToWhoAsksForLess) {
  Known known({{"00c0000003", "aabbcc9000"}, {kChuid, "029000"}});
  EXPECT_EQ(known.ask("00c0000001"), "aa6102");
  EXPECT_EQ(known.ask("00c0000001"), "bb6101");
  EXPECT_EQ(known.ask("00c0000000"), "cc9000") << "256 is more than there is";
  EXPECT_EQ(known.ask(kChuid), "029000");
}

TEST(AnswersAhead, ANewOneTakesThePlaceOfTheOldOne) {
  AnswersAhead known;
  known.put(std::get<Ahead>(test::ahead({{kDiscovery, "019000"}}).body));
  known.put(std::get<Ahead>(test::ahead({{kChuid, "029000"}}).body));
  EXPECT_FALSE(known.take(from_hex(kDiscovery)));
}

}  // namespace
}  // namespace vscard::protocol::vsc
