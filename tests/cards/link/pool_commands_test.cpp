#include "cards/link/pool_commands.hpp"

#include "async/spawn.hpp"
#include "tests/fakes/lent.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace vscard::cards::link {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;
using Leases = chardev::Lending::Leases;

class Pool : public testing::Test {
 protected:
  /// What the command prints, or its error.
  std::string ctl(program::Words words) {
    std::string answer;
    const program::CommandTable table({pool_command([this] { return cards_; })});
    async::spawn(io_.get_executor(), table.run(std::move(words)),
                 [&answer](Result<program::Answer> got) {
                   answer = got ? std::get<std::string>(*got) : got.error().text;
                 });
    io_.restart();
    io_.run();
    return answer;
  }
  void lend_alice() {
    const auto now = protocol::Clock::now();
    alice_.holding = {.holder = "_INBOX_ci.3f2a1c", .since = now - 1h, .until = now + 1h};
    alice_.waiting = {{.who = "_INBOX_b.0a1b2c", .labels = {"type=piv"}, .since = now}};
  }

  asio::io_context io_;
  fakes::Lent alice_;
  fakes::Lent bob_;
  std::vector<LentCard> cards_{{"alice", &alice_}, {"bob", &bob_}};
};

TEST_F(Pool, ListShowsWhoHasACardAndWhoWaits) {
  lend_alice();
  EXPECT_THAT(ctl({"pool", "list"}),
              MatchesRegex("alice  pool.ci  type=piv room=12  lent to _INBOX_ci.3f2a1c since "
                           "[0-9TZ:-]{20} until [0-9TZ:-]{20}  1 in line\n"
                           "  _INBOX_b.0a1b2c since [0-9TZ:-]{20}  type=piv\n"
                           "bob  pool.ci  type=piv room=12  free  0 in line"));
  EXPECT_THAT(
      ctl({"pool", "list", "--json"}),
      MatchesRegex(
          R"(\[\{"card":"alice","pool":\{"name":"pool.ci","labels":\["type=piv","room=12"\],)"
          R"("drained":false,"holder":"_INBOX_ci.3f2a1c","since":"[0-9TZ:-]{20}",)"
          R"("until":"[0-9TZ:-]{20}","line":\[\{"who":"_INBOX_b.0a1b2c","labels":\["type=piv"\],)"
          R"("since":"[0-9TZ:-]{20}"\}\]\}\},\{"card":"bob","pool":\{"name":"pool.ci",)"
          R"("labels":\["type=piv","room=12"\],"drained":false,"holder":null,"since":null,)"
          R"("until":null,"line":\[\]\}\}\])"));
  EXPECT_EQ(pool_json(nullptr).text(), "null");
}

TEST_F(Pool, DrainIsOfOneCardOrOfAll) {
  EXPECT_EQ(ctl({"pool", "drain", "bob"}), "");
  EXPECT_EQ(alice_.allowed(), Leases::New);
  EXPECT_EQ(bob_.allowed(), Leases::OnlyThis);
  EXPECT_THAT(ctl({"pool", "list"}), HasSubstr("free  drained  0 in line"));
  EXPECT_EQ(ctl({"pool", "drain"}), "");
  EXPECT_EQ(alice_.allowed(), Leases::OnlyThis);
  EXPECT_EQ(ctl({"pool", "drain", "--undo"}), "");
  EXPECT_EQ(alice_.allowed(), Leases::New);
  EXPECT_EQ(bob_.allowed(), Leases::New);
}

TEST_F(Pool, ReleaseEndsALease) {
  lend_alice();
  EXPECT_EQ(ctl({"pool", "release", "alice"}), "");
  EXPECT_FALSE(alice_.holding);
  EXPECT_EQ(ctl({"pool", "release", "alice"}), "the card 'alice' is not lent now");
}

TEST_F(Pool, TellsWhatItDoesNotKnow) {
  EXPECT_THAT(ctl({"pool"}), HasSubstr("usage: pool list|drain|release [CARD]"));
  EXPECT_EQ(ctl({"pool", "empty"}), "pool has list, drain and release, and no 'empty'");
  EXPECT_EQ(ctl({"pool", "release"}), "pool release needs a CARD; pool list shows them");
  EXPECT_EQ(ctl({"pool", "drain", "carol"}),
            "no card 'carol' is in a pool; pool list shows those that are");
  EXPECT_EQ(ctl({"pool", "list", "--undo"}), "pool list has no option --undo");
  EXPECT_EQ(ctl({"pool", "list", "alice"}), "pool list shows all cards, and takes none");
  EXPECT_EQ(ctl({"pool", "drain", "--json"}), "pool drain has no option --json");
  EXPECT_EQ(ctl({"pool", "release", "--undo"}), "pool release has no option --undo");
  cards_.clear();
  for (const char* const action : {"list", "drain", "release"}) {
    EXPECT_THAT(ctl({"pool", action, "alice"}), HasSubstr("none listens with nats://"));
  }
}

}  // namespace
}  // namespace vscard::cards::link
