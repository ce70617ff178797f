// Who offers a stream, who is let in, and what ends it.

#include "async/first_of.hpp"
#include "chardev/nats/asking.hpp"
#include "chardev/nats/bus.hpp"
#include "chardev/nats/errc.hpp"
#include "chardev/nats/nats.hpp"
#include "chardev/nats/server_spec.hpp"
#include "tests/chardev/nats/over_nats.hpp"

#include <chrono>
#include <csignal>

namespace vscard::chardev::nats {
namespace {

using namespace std::chrono_literals;

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

TEST_F(OverNats, AReaderThatStopsHoldsUpItsStreamAlone) {
  start_server();
  const auto listener = listen(address());
  const Ends stuck = meet(*listener, address());
  const Ends other = meet(*listener, address());
  const std::vector<std::uint8_t> much(3 * kWindow, 'a');
  bool written = false;
  async::spawn(io_.get_executor(), stuck.connecting->write(much), [&](auto) { written = true; });
  const std::string more(300'000, 'b');
  EXPECT_EQ(sent(*other.connecting, *other.listening, more), more);
  EXPECT_EQ(sent(*other.listening, *other.connecting, more), more);
  EXPECT_FALSE(written);
  std::vector<std::uint8_t> buffer(much.size());
  for (std::size_t size = 0; size < much.size() && !HasFailure();) {
    size += run(stuck.listening->read(buffer)).value();
  }
  while (!written && !HasFailure()) io_.run_one();
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

/// Of a subject that somebody has who reads everything, a server does not say that nobody has it.
TEST_F(OverNats, WhoeverReadsEverythingHindersNobody) {
  start_server();
  const Address server{.scheme = "tcp", .location = server_->host(), .keys = {}};
  const auto spy = run(connect_once(kTcp, io_.get_executor(), server)).value();
  const std::string subscribe = "CONNECT {\"verbose\":true}\r\nSUB > 1\r\n";
  ASSERT_FALSE(run(spy->write(std::vector<std::uint8_t>(subscribe.begin(), subscribe.end()))));
  std::string said;
  std::vector<std::uint8_t> buffer(10'000);
  while (!said.ends_with("+OK\r\n+OK\r\n")) {
    said.append(buffer.begin(),
                buffer.begin() + static_cast<std::ptrdiff_t>(run(spy->read(buffer)).value()));
  }
  const auto listener = listen(address());
  const Ends ends = meet(*listener, address());
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
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

/// It reads nothing for so long that libnats' own thread would have pinged the server three times.
TEST_F(OverNats, AProcessThatWasBusyKeepsItsStreams) {
  start_server("trace: true, debug: true, ping_interval: \"1s\", ping_max: 100");
  const auto listener = listen(address());
  const Ends ends = meet(*listener, address());
  for (int second = 0; second < 6; ++second) server_->process().wait_for("->> [PING]");
  EXPECT_EQ(sent(*ends.listening, *ends.connecting, "one"), "one");
  EXPECT_EQ(sent(*ends.connecting, *ends.listening, "two"), "two");
}

/// Or a thread of a program that ends would use what is gone already.
TEST_F(OverNats, NobodyConnectsWhenTheContextIsGone) {
  const auto mute = listen("tcp://127.0.0.1:0");
  async::spawn(io_.get_executor(), mute->accept(), [this](auto got) { keep(std::move(got)); });
  {
    asio::io_context io;
    const Address there = parse_address("nats" + mute->address().substr(3) + "/card").value();
    async::spawn(io.get_executor(), connect_once(kNats, io.get_executor(), there), [](auto) {});
    io.poll();
    while (kept_.empty()) io_.run_one();
  }
  std::vector<std::uint8_t> buffer(10);
  std::error_code end;
  async::spawn(io_.get_executor(), kept_.front()->read(buffer),
               [&end](const auto& size) { end = size ? std::error_code() : size.error(); });
  io_.restart();
  io_.poll();
  EXPECT_TRUE(closed_by_remote(end)) << end.message();
}

}  // namespace
}  // namespace vscard::chardev::nats
