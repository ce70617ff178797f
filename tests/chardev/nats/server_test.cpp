// Streams over Debian's nats-server: who offers them, who is let in, and what ends them.

#include "async/first_of.hpp"
#include "async/spawn.hpp"
#include "chardev/lending.hpp"
#include "chardev/nats/asking.hpp"
#include "chardev/nats/bus.hpp"
#include "chardev/nats/errc.hpp"
#include "chardev/nats/nats.hpp"
#include "chardev/nats/server_spec.hpp"
#include "chardev/program_transports.hpp"
#include "tests/peer/nats_server.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::chardev::nats {
namespace {

using namespace std::chrono_literals;
using Accepted = std::expected<std::unique_ptr<Stream>, AcceptError>;

class OverNats : public testing::Test {
 protected:
  /// With lines of a configuration.
  void start_server(const std::string& configuration = "") {
    test::write_text(folder_.path() / "conf", configuration);
    server_.emplace(std::vector<std::string>{"--config", folder_.path() / "conf"});
  }
  std::string address(const std::string& rest = "/card") const {
    return "nats://" + server_->host() + rest;
  }

  /// To its end; what else is under way goes on the next time.
  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    async::spawn(io_.get_executor(), std::move(work),
                 [&result](T value) { result.emplace(std::move(value)); });
    io_.restart();
    while (!result) io_.run_one();
    return std::move(*result);
  }
  std::unique_ptr<Listener> listen(const std::string& text) {
    const Address address = parse_address(text).value();
    const auto* const transport = find_transport(program_transports(), address).value();
    return transport->listen(io_.get_executor(), address).value();
  }
  Connected connect(const std::string& text) {
    const Address address = parse_address(text).value();
    const auto* const transport = find_transport(program_transports(), address).value();
    return run(connect_once(*transport, io_.get_executor(), address));
  }
  std::string connect_error(const std::string& text) {
    const auto connected = connect(text);
    return connected ? "" : connected.error().text;
  }
  std::string accept_error(Listener& listener) {
    const auto accepted = run(listener.accept());
    return accepted ? "" : accepted.error().text;
  }
  struct Ends {
    std::unique_ptr<Stream> listening;
    std::unique_ptr<Stream> connecting;
  };
  /// Until somebody offers what is asked for.
  Ends meet(Listener& listener, const std::string& text) {
    Ends ends;
    async::spawn(io_.get_executor(), listener.accept(), [&ends](Accepted accepted) {
      ASSERT_TRUE(accepted) << accepted.error().text;
      ends.listening = std::move(*accepted);
    });
    auto connected = connect(text);
    while (!connected && !HasFailure()) connected = connect(text);
    ends.connecting = std::move(*connected);
    while (!ends.listening && !HasFailure()) io_.run_one();
    return ends;
  }
  std::string sent(Stream& from, Stream& to, const std::string& text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    std::error_code failed;
    async::spawn(io_.get_executor(), from.write(bytes), [&failed](auto error) { failed = error; });
    std::string all;
    while (all.size() < text.size() && !failed) {
      std::vector<std::uint8_t> buffer(10'000);
      const auto size = run(to.read(buffer));
      if (!size) return size.error().message();
      all.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    }
    return failed ? failed.message() : all;
  }
  std::error_code end_of(Stream& stream) {
    std::vector<std::uint8_t> buffer(10);
    const auto size = run(stream.read(buffer));
    return size ? std::error_code() : size.error();
  }

  void keep(Accepted accepted) {
    ASSERT_TRUE(accepted) << accepted.error().text;
    kept_.push_back(std::move(*accepted));
  }
  /// While a card is offered to somebody who does not want it, it is taken.
  std::unique_ptr<Stream> until_lent(const std::string& text) {
    auto connected = connect(text);
    while (!connected && !HasFailure()) connected = connect(text);
    return std::move(*connected);
  }

  test::TempFolder folder_;
  asio::io_context io_;
  std::vector<std::unique_ptr<Stream>> kept_;
  std::optional<test::NatsServer> server_;
};

TEST_F(OverNats, StreamsAreOneBesideTheOther) {
  start_server();
  const auto listener = listen(address());
  EXPECT_EQ(listener->address(), address());
  const Ends first = meet(*listener, address());
  const Ends second = meet(*listener, address());
  EXPECT_NE(first.listening->remote(), second.listening->remote());
  EXPECT_EQ(first.connecting->remote(), address());
  EXPECT_EQ(sent(*first.listening, *first.connecting, "one"), "one");
  EXPECT_EQ(sent(*second.connecting, *second.listening, "two"), "two");
  first.connecting->close();
  EXPECT_TRUE(closed_by_remote(end_of(*first.listening)));
  EXPECT_EQ(sent(*second.listening, *second.connecting, "three"), "three");
}

TEST_F(OverNats, NamesAreApart) {
  start_server();
  const auto one = listen(address("/desk.one"));
  const auto two = listen(address("/desk.two"));
  const Ends to_two = meet(*two, address("/desk.two"));
  const Ends to_one = meet(*one, address("/desk.one"));
  EXPECT_EQ(sent(*to_one.listening, *to_one.connecting, "one"), "one");
  EXPECT_EQ(sent(*to_two.listening, *to_two.connecting, "two"), "two");
}

TEST_F(OverNats, AMessageIsNoLargerThanTheServerTakes) {
  start_server("max_payload: 2000");
  const auto listener = listen(address());
  const Ends ends = meet(*listener, address());
  const std::string much(300'000, 'a');
  EXPECT_EQ(sent(*ends.connecting, *ends.listening, much), much);
}

TEST_F(OverNats, AServerThatTakesTooLittleIsRefused) {
  start_server("max_payload: 500");
  EXPECT_EQ(connect_error(address()), "the server takes messages of 500 bytes, which is too few");
}

TEST_F(OverNats, ANameThatNobodyOffersIsTold) {
  start_server();
  EXPECT_EQ(connect_error(address()), "nobody offers 'card' there");
  auto listener = listen(address());
  {
    const Ends ends = meet(*listener, address());
  }
  listener.reset();
  EXPECT_EQ(connect_error(address()), "nobody offers 'card' there");
}

TEST_F(OverNats, ASecondListenerOfTheNameIsTold) {
  start_server();
  const auto listener = listen(address());
  const Ends ends = meet(*listener, address());
  const auto second = listen(address());
  EXPECT_EQ(accept_error(*second), "it is already offered by another program");
  const auto elsewhere = listen(address("/card,inbox=_INBOX_b"));  // on a connection of its own
  EXPECT_EQ(accept_error(*elsewhere), "it is already offered by another program");
  EXPECT_EQ(sent(*ends.listening, *ends.connecting, "one"), "one");
}

TEST_F(OverNats, AServerThatIsNotThereIsTold) {
  start_server();
  const std::string there = address();
  server_.reset();
  EXPECT_EQ(connect_error(there), "no NATS server answers there");
  EXPECT_EQ(accept_error(*listen(there)), "no NATS server answers there");
}

TEST_F(OverNats, TheNextServerIsTaken) {
  start_server();
  const std::string servers = "nats://127.0.0.1:1+" + server_->host() + "/card";
  const auto listener = listen(servers);
  const Ends ends = meet(*listener, servers);
  EXPECT_EQ(sent(*ends.listening, *ends.connecting, "one"), "one");
}

TEST_F(OverNats, AWrongPasswordIsTold) {
  start_server(R"(authorization { user: "a", password: "right" })");
  test::write_text(folder_.path() / "right", "right\n");
  test::write_text(folder_.path() / "wrong", "wrong\n");
  const std::string file = "password-file=" + (folder_.path() / "").string();
  EXPECT_EQ(connect_error(address("/card,user=a," + file + "right")), "nobody offers 'card' there");
  EXPECT_EQ(connect_error(address("/card,user=a," + file + "wrong")), "Authorization Violation");
  EXPECT_EQ(connect_error(address("/card")), "Authorization Violation");
  EXPECT_TRUE(connect_error(address("/card,user=a," + file + "none")).contains("No such file"));
}

TEST_F(OverNats, AUserWithAJwtIsLetIn) {
  start_server(test::read_file(VSCARD_TEST_DATA "/nats/operator.conf"));
  const std::string creds = "/card,creds=" VSCARD_TEST_DATA "/nats/user.creds";
  const auto listener = listen(address(creds));
  const Ends ends = meet(*listener, address(creds));
  EXPECT_EQ(sent(*ends.listening, *ends.connecting, "one"), "one");
  EXPECT_EQ(connect_error(address("/card")), "Authorization Violation");
}

TEST_F(OverNats, WhatTheServerForbidsIsTold) {
  start_server(R"(authorization { users: [
    { user: "owner", password: "a", permissions: {
        publish: ["vscard.card", "_INBOX_ci.>"], subscribe: ["vscard.card", "_INBOX_owner.>"] } },
    { user: "ci", password: "a", permissions: {
        publish: ["vscard.card", "_INBOX_owner.>"], subscribe: ["_INBOX_ci.>"] } } ] })");
  test::write_text(folder_.path() / "a", "a\n");
  const std::string file = ",password-file=" + (folder_.path() / "a").string();
  const std::string owner = "/card,user=owner,inbox=_INBOX_owner" + file;
  const std::string ci = "/card,user=ci,inbox=_INBOX_ci" + file;
  const auto listener = listen(address(owner));
  const Ends ends = meet(*listener, address(ci));
  EXPECT_EQ(sent(*ends.listening, *ends.connecting, "one"), "one");
  EXPECT_EQ(sent(*ends.connecting, *ends.listening, "two"), "two");
  EXPECT_TRUE(connect_error(address("/other,user=ci,inbox=_INBOX_ci" + file))
                  .contains("Permissions Violation for Publish to \"vscard.other\""));
  EXPECT_TRUE(connect_error(address("/card,user=ci" + file))
                  .contains("Permissions Violation for Subscription to \"_INBOX."));
  EXPECT_TRUE(accept_error(*listen(address("/other,user=owner,inbox=_INBOX_owner" + file)))
                  .contains("Permissions Violation for Publish to \"vscard.other\""));
}

TEST_F(OverNats, AnOwnerWhoMayNotOfferIsTold) {
  start_server(R"(authorization { users: [
    { user: "ci", password: "a", permissions: {
        publish: ["vscard.card", "_INBOX_owner.>"], subscribe: ["_INBOX_ci.>"] } } ] })");
  test::write_text(folder_.path() / "a", "a\n");
  const std::string file = ",password-file=" + (folder_.path() / "a").string();
  EXPECT_TRUE(accept_error(*listen(address("/card,user=ci,inbox=_INBOX_ci" + file)))
                  .contains("Permissions Violation for Subscription to \"vscard.card\""));
}

TEST_F(OverNats, WhatIsNotAQuestionOpensNothing) {
  start_server();
  const auto listener = listen(address());
  {
    const Ends ends = meet(*listener, address());
  }
  const auto hostile =
      Bus::of(io_.get_executor(),
              parse_servers(parse_address(address("/x,inbox=_INBOX_b")).value()).value().servers);
  ASSERT_TRUE(run(hostile->connect()));
  const std::vector<Message> all{Accept{},
                                 Refuse{"no"},
                                 Data{.at = 7, .read = 7, .bytes = {}},
                                 Close{.at = 7},
                                 Open{.version = 9, .subject = "_INBOX_b.a"},
                                 Open{.subject = "$JS.API.STREAM.DELETE.a"},
                                 Open{.subject = "vscard.>"},
                                 Open{}};
  for (const Message& message : all) {
    hostile->send("vscard.card", "", message);
    hostile->send("vscard.card", "_INBOX_b.a", message);
    hostile->send("vscard.card", "$SYS.a", message);
  }
  // Nor does a question that nobody stands behind keep others out.
  for (int i = 0; i < 40; ++i) {
    hostile->send("vscard.card", "_INBOX_b.a", Open{.subject = "_INBOX_b.b"});
  }
  Asking last(hostile, "vscard.card");  // whose answer comes when all that has been seen
  EXPECT_EQ(run(last.ask(Probe{})), Asking::Outcome::Refused);
  const Ends ends = meet(*listener, address());
  EXPECT_EQ(sent(*ends.listening, *ends.connecting, "one"), "one");
}

TEST_F(OverNats, APoolLendsEachCardToOneAtATime) {
  start_server();
  const std::string pool = "/pool.ci";
  const auto one = listen(address(pool));
  const auto two = listen(address(pool + ",inbox=_INBOX_b"));  // as another process would
  async::spawn(io_.get_executor(), one->accept(), [this](auto got) { keep(std::move(got)); });
  async::spawn(io_.get_executor(), two->accept(), [this](auto got) { keep(std::move(got)); });
  const auto first = until_lent(address(pool));
  const auto second = until_lent(address(pool));
  while (kept_.size() < 2) io_.run_one();
  EXPECT_EQ(connect_error(address(pool)), "refused: every card with these labels is taken");
  EXPECT_EQ(sent(*first, *kept_[0], "one"), "one");
  EXPECT_EQ(sent(*second, *kept_[1], "two"), "two");
  first->close();
  EXPECT_TRUE(closed_by_remote(end_of(*kept_[0])));
  kept_.erase(kept_.begin());
  const auto third = until_lent(address(pool));
  EXPECT_EQ(connect_error(address(pool)), "refused: every card with these labels is taken");
}

/// Each on a connection of its own, as other processes would be.
class InLine : public OverNats {
 protected:
  InLine() { start_server(); }

  std::string pool(const std::string& keys = "") const { return address("/pool.ci" + keys); }
  std::unique_ptr<Connector> dial(const std::string& name, const std::string& keys = ",wait=60") {
    const Address address = parse_address(pool(",inbox=_INBOX_" + name + keys)).value();
    return kNats.connector(io_.get_executor(), address);
  }
  std::string place_of(Connector& connector) {
    const auto connected = run(connector.connect());
    if (connected) return "has a card";
    return (connected.error().remedy == ConnectError::Remedy::GoOn ? "" : "no line: ") +
           connected.error().text;
  }
  /// It waits until it has a card.
  void wait(Connector& connector, const std::string& name) {
    async::spawn(io_.get_executor(), wait_for_card(connector, name), [] {});
  }
  Awaitable<void> wait_for_card(Connector& connector, std::string name) {
    auto connected = co_await connector.connect();
    while (!connected) connected = co_await connector.connect();
    served_ += name;
    holders_.push_back(std::move(*connected));
  }
  /// Keeps what it lends.
  std::unique_ptr<Listener> lend(const std::string& keys = "") {
    auto listener = listen(pool(keys));
    async::spawn(io_.get_executor(), lend_all(*listener), [] {});
    return listener;
  }
  Awaitable<void> lend_all(Listener& listener) {
    while (true) {
      auto accepted = co_await listener.accept();
      if (!accepted && accepted.error().text.empty()) co_return;
      if (accepted) kept_.push_back(std::move(*accepted));
    }
  }
  void until_served(const std::string& names) {
    for (; served_.size() < names.size(); io_.run_one()) forget_ended();
    EXPECT_EQ(served_, names);
  }
  std::size_t forget_ended() {
    return std::erase_if(kept_, [](const std::unique_ptr<Stream>& stream) {
      return dynamic_cast<NatsStream&>(*stream).ended();
    });
  }

  std::string served_;  ///< names, in the order in which they got cards
  std::vector<std::unique_ptr<Stream>> holders_;
};

TEST_F(InLine, TheFirstThatCameIsTheFirstThatIsServed) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  const auto b = dial("b");
  const auto c = dial("c");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  EXPECT_EQ(place_of(*c), "place 3 in line");
  EXPECT_EQ(connect_error(pool()), "refused: every card with these labels is taken");
  wait(*c, "c");
  wait(*a, "a");
  wait(*b, "b");
  holders_[0]->close();
  until_served("a");
  holders_[1]->close();
  until_served("ab");
  holders_[2]->close();
  until_served("abc");
}

TEST_F(InLine, NobodyWithoutAPlaceGoesFirst) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  while (kept_.empty()) io_.run_one();
  holders_[0]->close();
  while (forget_ended() == 0) io_.run_one();
  const auto other = dial("b", "");
  EXPECT_EQ(place_of(*other), "no line: refused: every card with these labels is taken");
  wait(*a, "a");
  until_served("a");
}

TEST_F(InLine, WhoHasGoneDoesNotHoldUpOthers) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  auto a = dial("a");
  const auto b = dial("b");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  a.reset();
  EXPECT_EQ(place_of(*b), "place 1 in line");
  wait(*b, "b");
  holders_[0]->close();
  until_served("b");
}

TEST_F(InLine, WhoDiedIsPassedOver) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto dead =
      Bus::of(io_.get_executor(),
              parse_servers(parse_address(pool(",inbox=_INBOX_d")).value()).value().servers);
  ASSERT_TRUE(run(dead->connect()));
  dead->send("vscard.pool.ci", "_INBOX_d.a",
             Open{.subject = "_INBOX_d.b", .labels = {}, .waited = Milliseconds(0)});
  Asking last(dead, "vscard.pool.ci");  // whose answer comes when that has been seen
  EXPECT_EQ(run(last.ask(Probe{})), Asking::Outcome::Refused);
  const auto b = dial("b");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  wait(*b, "b");
  holders_[0]->close();
  until_served("b");
}

TEST_F(InLine, LabelsSayForWhichCard) {
  const auto cac = lend(",label=type=cac");
  const auto piv = lend(",label=type=piv");
  holders_.push_back(until_lent(pool(",label=type=cac")));
  holders_.push_back(until_lent(pool(",label=type=piv")));
  const auto a = dial("a", ",wait=60,label=type=piv");
  const auto b = dial("b", ",wait=60,label=type=cac");
  const auto none = dial("c", ",wait=60,label=type=pgp");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  EXPECT_EQ(place_of(*none), "no line: refused: no card there has all these labels");
  wait(*a, "a");
  wait(*b, "b");
  holders_[0]->close();
  until_served("b");
  holders_[1]->close();
  until_served("ba");
}

TEST_F(InLine, TheWaitEnds) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a", ",wait=1");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*a), "no line: no card for 1 s; at last: place 1 in line");
  const auto b = dial("b");
  EXPECT_EQ(place_of(*b), "place 1 in line");
}

TEST_F(InLine, AServerThatDiesAndComesBackChangesNoOrder) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  const auto b = dial("b");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  server_->process().signal(SIGKILL);
  server_->process().wait();
  server_.emplace(std::vector<std::string>{"--port", server_->port()});
  wait(*b, "b");
  wait(*a, "a");
  until_served("a");
  holders_.back()->close();
  until_served("ab");
}

TEST_F(InLine, AnOwnerThatBeginsAnewBelievesWhoWaited) {
  auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  listener.reset();
  kept_.clear();
  listener = lend(",inbox=_INBOX_o");
  holders_.push_back(until_lent(pool()));
  const auto b = dial("b");
  EXPECT_EQ(place_of(*b), "place 1 in line");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
}

TEST_F(OverNats, APoolKnowsItsCardsByTheirLabels) {
  start_server();
  const std::string pool = "/pool.ci";
  const auto cac = listen(address(pool + ",label=type=cac,label=env=ci"));
  const auto piv = listen(address(pool + ",label=type=piv,label=env=ci"));
  async::spawn(io_.get_executor(), cac->accept(), [this](auto got) { keep(std::move(got)); });
  async::spawn(io_.get_executor(), piv->accept(), [this](auto got) { keep(std::move(got)); });
  const auto first = until_lent(address(pool + ",label=type=piv,label=env=ci"));
  EXPECT_EQ(connect_error(address(pool + ",label=type=piv")),
            "refused: every card with these labels is taken");
  EXPECT_EQ(connect_error(address(pool + ",label=type=pgp")),
            "refused: no card there has all these labels");
  const auto second = until_lent(address(pool + ",label=env=ci"));
  EXPECT_EQ(connect_error(address("/pool.other")), "nobody offers 'pool.other' there");
}

TEST_F(OverNats, ALeaseEnds) {
  start_server();
  const auto listener = listen(address("/pool.ci,lease=1"));
  const Ends ends = meet(*listener, address("/pool.ci"));
  EXPECT_TRUE(closed_by_remote(end_of(*ends.connecting)));
  EXPECT_EQ(end_of(*ends.listening), lease_over());
  EXPECT_EQ(connect_error(address("/pool.ci")), "refused: its lease is over, and others go first");
}

TEST_F(OverNats, AStreamEndsWithTheServerAndTheListenerGoesOn) {
  start_server();
  const auto listener = listen(address());
  const Ends ends = meet(*listener, address());
  server_->process().signal(SIGKILL);
  server_->process().wait();
  EXPECT_EQ(end_of(*ends.listening), Errc::ServerGone);
  EXPECT_EQ(end_of(*ends.connecting), Errc::ServerGone);
  EXPECT_EQ(accept_error(*listener), "no NATS server answers there");
  server_.emplace(std::vector<std::string>{"--port", server_->port()});
  const Ends again = meet(*listener, address());
  EXPECT_EQ(sent(*again.listening, *again.connecting, "one"), "one");
}

TEST_F(OverNats, AStreamEndsWithAServerThatHangs) {
  start_server();
  const auto listener = listen(address());
  const Ends ends = meet(*listener, address());
  server_->process().signal(SIGSTOP);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(end_of(*ends.listening), Errc::ServerGone);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
}

}  // namespace
}  // namespace vscard::chardev::nats
