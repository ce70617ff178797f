// What `ccid-passthru ctl watch` shows.

#include "tests/fakes/ctl_user.hpp"
#include "tests/fakes/scripted_client.hpp"
#include "tests/fakes/watch_events.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vscard::ccid_passthru {
namespace {

using fakes::next_event;
using nlohmann::json;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class Watch : public testing::Test {
 protected:
  Watch()
      : reader_(program({"--control", "unix:" + path("control"), "--reader", "a", "--vsc",
                         "listen:unix:" + path("vsc"), "--usbredir",
                         "listen:unix:" + path("usbredir")})) {
    reader_.wait_for("control at");
  }

  static Words program(Words words) {
    words.insert(words.begin(), CCID_PASSTHRU_PROGRAM);
    return words;
  }
  std::string path(const char* name) const { return folder_.path() / name; }

  static json reader(const char* name, const char* state) {
    return {{"event", "reader"}, {"reader", name}, {"state", state}};
  }
  static json card(const char* name, const char* state, const json& atr) {
    return {{"event", "card"}, {"reader", name}, {"state", state}, {"atr", atr}};
  }
  json remote(const char* name, const char* role, const char* link, bool connected) const {
    const json address = "unix:" + path(link);
    return {{"event", "remote"},
            {"reader", name},
            {"role", role},
            {"link", address},
            {"remote", connected ? address : json()}};
  }

  test::TempFolder folder_;
  const fakes::CtlUser ctl_{CCID_PASSTHRU_PROGRAM, "unix:" + path("control")};
  test::Child reader_;
};

TEST_F(Watch, ShowsReadersCardsAndRemotes) {
  test::Child watcher(ctl_.words({"watch"}));
  EXPECT_EQ(next_event(watcher), reader("a", "added"));
  EXPECT_EQ(next_event(watcher), card("a", "absent", nullptr));
  EXPECT_EQ(next_event(watcher), remote("a", "client", "vsc", false));
  EXPECT_EQ(next_event(watcher), remote("a", "guest", "usbredir", false));
  {
    const fakes::ScriptedClient client(path("vsc"));
    EXPECT_EQ(next_event(watcher), remote("a", "client", "vsc", true));
    EXPECT_EQ(next_event(watcher), card("a", "inserted", "3b800181"));
    const auto machine = test::RawSocket::connect_unix(path("usbredir"));
    EXPECT_EQ(next_event(watcher), remote("a", "guest", "usbredir", true));
    client.remove_card();
    EXPECT_EQ(next_event(watcher), card("a", "absent", nullptr));
  }
  // Both go at once, and whichever is seen first.
  const std::vector<json> gone{next_event(watcher), next_event(watcher)};
  EXPECT_THAT(gone, testing::UnorderedElementsAre(remote("a", "client", "vsc", false),
                                                  remote("a", "guest", "usbredir", false)));
}

TEST_F(Watch, ShowsReadersThatComeAndGo) {
  test::Child watcher(ctl_.words({"watch"}));
  for (int i = 0; i < 4; ++i) next_event(watcher);
  const std::string name = "Bob's";
  EXPECT_EQ(ctl_.run({"add", name, "--vsc", "listen:unix:" + path("vsc2"), "--usbredir",
                      "listen:unix:" + path("usbredir2")}),
            "");
  EXPECT_EQ(next_event(watcher), reader("Bob's", "added"));
  EXPECT_EQ(ctl_.run({"remove", name}), "");
  EXPECT_EQ(next_event(watcher), reader("Bob's", "removed"));
  EXPECT_EQ(ctl_.run({"exit"}), "");
  EXPECT_EQ(next_event(watcher), reader("a", "removed"));
  EXPECT_EQ(watcher.wait(), 0);
  EXPECT_EQ(reader_.wait(), 0);
}

TEST_F(Watch, CtlHelpsWithoutAProgram) {
  test::Child help(program({"ctl", "--help"}));
  EXPECT_EQ(help.wait(), 0);
  EXPECT_THAT(help.log(), HasSubstr("Usage: ccid-passthru ctl [--control ADDRESS] COMMAND"));
  EXPECT_THAT(help.log(), HasSubstr("watch [--apdus]"));
  test::Child failed(program({"ctl", "--control", "unix:/nowhere", "watch"}));
  EXPECT_EQ(failed.wait(), 1);
  EXPECT_THAT(failed.log(), HasSubstr("cannot connect to unix:/nowhere"));
}

}  // namespace
}  // namespace vscard::ccid_passthru
