// `vscclient ctl` as a user has it: what watch shows, names that need quotes, what plain lines get.

#include "certs-test/soft_cards.hpp"
#include "tests/fakes/ctl_user.hpp"
#include "tests/fakes/watch_events.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <functional>

namespace vscard::vscclient {
namespace {

using fakes::next_event;
using nlohmann::json;
using testing::HasSubstr;
using Words = std::vector<std::string>;

constexpr const char* kInit = "00000001000000000000000c565343440000000200000001";
constexpr const char* kHostInit = "00000001ffffffff0000000c565343440000000200000000";
constexpr const char* kSuccess = "00000002000000000000000400000000";
constexpr const char* kReaderRemove = "000000040000000000000000";
constexpr const char* kAtr = "00000005000000000000000f3b7a18000073667465206364313434";
constexpr const char* kCardRemove = "000000060000000000000000";
constexpr const char* kVerify = "00000007000000000000000d00200000083132333435363738";

/// A vscclient with a soft card and a control socket, and the test as its host.
class Watch : public testing::Test {
 protected:
  void start(const std::string& name) {
    certs_test::SoftCardOptions options;
    options.folder = folder_.path() / "made";
    options.subjects = {"Alice"};
    ASSERT_TRUE(certs_test::make_soft_cards(options));
    listener_.emplace(test::RawListener::on_unix(path("vsc")));
    client_.emplace(program({"--vsc", "connect:unix:" + path("vsc"), "--card",
                             "soft:db=" + path("made/cards/alice/nssdb") + ",name=" + name,
                             "--control", "unix:" + path("control"), "--pid-file", path("pid")}));
    name_ = name;
  }
  /// Plays the host until the card is in.
  test::RawSocket attach() {
    auto host = listener_->accept();
    EXPECT_EQ(host.read_hex(24), kInit);
    host.send_hex(kHostInit);
    answer(host, kReaderRemove);
    host.read_hex(12 + name_.size());  // ReaderAdd
    host.send_hex(kSuccess);
    answer(host, kAtr);
    client_->wait_for("in use at");
    return host;
  }
  static void answer(const test::RawSocket& host, const std::string& request) {
    ASSERT_EQ(host.read_hex(request.size() / 2), request);
    host.send_hex(kSuccess);
  }

  static Words program(Words words) {
    words.insert(words.begin(), VSCCLIENT_PROGRAM);
    return words;
  }
  std::string path(const char* name) const { return folder_.path() / name; }
  json card(const char* state, const json& atr) const {
    return {{"event", "card"}, {"card", name_}, {"state", state}, {"atr", atr}};
  }
  json remote(const json& remote) const {
    return {{"event", "remote"},
            {"card", name_},
            {"role", "host"},
            {"link", "unix:" + path("vsc")},
            {"remote", remote}};
  }

  test::TempFolder folder_;
  const fakes::CtlUser ctl_{VSCCLIENT_PROGRAM, "unix:" + path("control")};
  std::string name_;
  std::optional<test::RawListener> listener_;
  std::optional<test::Child> client_;
};

constexpr const char* kAtrHex = "3b7a18000073667465206364313434";

TEST_F(Watch, ShowsWhatThereIsAndWhatHappens) {
  start("soft");
  const auto host = attach();
  test::Child watcher(ctl_.words({"watch"}));
  EXPECT_EQ(next_event(watcher), card("inserted", kAtrHex));
  EXPECT_EQ(next_event(watcher), remote("unix:" + path("vsc")));

  EXPECT_EQ(ctl_.run({"remove"}, [&] { answer(host, kCardRemove); }), "");
  EXPECT_EQ(next_event(watcher), card("removed", nullptr));
  host.send_hex(kVerify);
  host.read_hex(16);
  EXPECT_EQ(ctl_.run({"insert"}, [&] { answer(host, kAtr); }), "");
  EXPECT_EQ(next_event(watcher), card("inserted", kAtrHex)) << "no APDUs";

  EXPECT_EQ(ctl_.run({"exit"}), "");
  while (watcher.log().find(R"("remote":null)") == std::string::npos) next_event(watcher);
  EXPECT_EQ(watcher.wait(), 0);
  EXPECT_EQ(client_->wait(), 0);
}

TEST_F(Watch, ShowsApdusWithoutPins) {
  start("soft");
  const auto host = attach();
  test::Child watcher(ctl_.words({"watch", "--apdus"}));
  next_event(watcher);
  next_event(watcher);
  host.send_hex(kVerify);
  EXPECT_EQ(host.read_hex(14), "0000000700000000000000029000");
  EXPECT_EQ(next_event(watcher), (json{{"event", "apdu"},
                                       {"card", "soft"},
                                       {"by", "unix:" + path("vsc")},
                                       {"command", "00 20 00 00, then 9 bytes not shown"}}));
  EXPECT_EQ(next_event(watcher),
            (json{{"event", "apdu"}, {"card", "soft"}, {"response", "90 00, 0 bytes of data"}}));
  client_->signal(SIGKILL);
  EXPECT_EQ(watcher.wait(), 0) << "the other side has ended, however";
  EXPECT_THAT(watcher.log(), testing::Not(HasSubstr("31 32 33")));
}

TEST_F(Watch, SlowWatchersHarmNobody) {
  start("soft");
  const auto host = attach();
  test::Child watcher(ctl_.words({"watch", "--apdus"}));
  next_event(watcher);
  // It is not read any more: its pipe, the sockets and the queue fill up.
  for (int i = 0; i < 5000; ++i) {
    host.send_hex("00000007000000000000000500ca000000");  // GET DATA
    ASSERT_EQ(host.read_hex(12), "000000070000000000000002") << i;
    host.read_hex(2);
  }
  EXPECT_EQ(ctl_.run({"remove"}, [&] { answer(host, kCardRemove); }), "")
      << "commands are served beside it";
  const auto dropped = json::parse(watcher.wait_for("dropped"));
  EXPECT_EQ(dropped["event"], "dropped");
  EXPECT_GT(dropped["count"], 0);
  EXPECT_EQ(ctl_.run({"insert"}, [&] { answer(host, kAtr); }), "");
  EXPECT_EQ(next_event(watcher), card("inserted", kAtrHex)) << "it goes on where it can";
}

TEST_F(Watch, AtMostEightWatch) {
  start("soft");
  const auto host = attach();
  std::vector<std::unique_ptr<test::Child>> watchers;
  for (int i = 0; i < 8; ++i) {
    watchers.push_back(std::make_unique<test::Child>(ctl_.words({"watch"})));
    next_event(*watchers.back());
  }
  EXPECT_THAT(ctl_.run({"watch"}), HasSubstr("8 programs are watching already"));
  EXPECT_THAT(ctl_.run({"watch", "--everything"}), HasSubstr("usage: watch [--apdus] [--bytes]"));
  EXPECT_THAT(ctl_.run({"list"}), HasSubstr("soft  inserted"));
}

TEST_F(Watch, NamesMayHaveQuotesAndBlanks) {
  const std::string name = R"(Bob's "card" \ no. 1)";
  start(name);
  const auto host = attach();
  EXPECT_EQ(ctl_.run({"remove", name}, [&] { answer(host, kCardRemove); }), "");
  EXPECT_EQ(json::parse(ctl_.run({"list", "--json"}))[0]["card"], name);
  EXPECT_THAT(ctl_.run({"list"}), HasSubstr(name + "  removed"));
}

/// What old clients and scripts send, byte by byte.
TEST_F(Watch, PlainLinesAreServed) {
  start("my card");
  const auto host = attach();
  const auto sent = [this](
                        const std::string& hex, const std::function<void()>& meanwhile = [] {}) {
    const auto peer = test::RawSocket::connect_unix(path("control"));
    peer.send_hex(hex);
    meanwhile();
    return peer.read_hex(4096);
  };
  EXPECT_EQ(sent("72656d6f766520276d7920636172642700" + std::string("0a")).substr(0, 12),
            "6572726f720a")
      << "remove 'my card'NUL: another name";
  EXPECT_EQ(sent("72656d6f766520276d792063617264270a", [&] { answer(host, kCardRemove); }),
            "6f6b0a");                                                       // remove 'my card'
  EXPECT_EQ(sent("696e736572740a", [&] { answer(host, kAtr); }), "6f6b0a");  // insert
  const std::string listed = "6f6b0a2a30206d7920636172642020696e7365727465642020";  // *0 my card …
  EXPECT_EQ(sent("6c6973740a").substr(0, listed.size()), listed);
}

}  // namespace
}  // namespace vscard::vscclient
