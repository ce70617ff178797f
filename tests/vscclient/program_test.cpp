// vscclient as a user starts it, against hosts that do just what a test says.

#include "certs-test/soft_cards.hpp"
#include "program/lock_file.hpp"
#include "tests/fakes/ctl_user.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <memory>

namespace vscard::vscclient {
namespace {

using testing::HasSubstr;

constexpr const char* kInit = "00000001000000000000000c565343440000000200000001";
constexpr const char* kHostInit = "00000001ffffffff0000000c565343440000000200000000";
constexpr const char* kSuccess = "00000002000000000000000400000000";
constexpr const char* kReaderRemove = "000000040000000000000000";
constexpr const char* kReaderAdd = "00000003ffffffff00000004736f6674";  // 'soft'
constexpr const char* kAtr = "00000005000000000000000f3b7a18000073667465206364313434";
constexpr const char* kCardRemove = "000000060000000000000000";

std::size_t bytes_in(const std::string& hex) { return hex.size() / 2; }

class VscclientProgram : public testing::Test {
 protected:
  void make_card(std::vector<std::string> subjects = {"Alice"}) {
    certs_test::SoftCardOptions options;
    options.folder = folder_.path() / "made";
    options.subjects = std::move(subjects);
    ASSERT_TRUE(certs_test::make_soft_cards(options));
  }
  std::string card() const { return "soft:db=" + path("made/cards/alice/nssdb"); }
  std::string path(const char* name) const { return folder_.path() / name; }

  using Words = std::vector<std::string>;
  static Words program(Words words) {
    words.insert(words.begin(), VSCCLIENT_PROGRAM);
    return words;
  }

  /// It makes a card of its own in a folder of the test's.
  Words with_new_state(const Words& words) const {
    Words command = program(words);
    command.insert(command.begin(), {"/usr/bin/env", "XDG_STATE_HOME=" + path("state")});
    return command;
  }
  /// As in a session of a user, whose folder is the test's.
  Words in_session(const Words& words) const {
    Words command = program(words);
    command.insert(command.begin(), {"/usr/bin/env", "XDG_RUNTIME_DIR=" + path("runtime")});
    return command;
  }
  static std::string output(const Words& command) {
    test::Child child(command);
    const int status = child.wait();
    return (status == 0 ? "" : std::to_string(status) + " ") + child.log();
  }
  Words names_of_state() const {
    Words names;
    for (const auto& entry : std::filesystem::directory_iterator(path("state/vscard"))) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  /// One line, beside those about the card, and the exit status.
  static void expect_refused(Words words, int status, const std::string& why) {
    words.insert(words.end(), {"--log-level", "warning"});
    test::Child child(program(words));
    EXPECT_EQ(child.wait(), status);
    EXPECT_THAT(child.log(),
                testing::AllOf(testing::ContainsRegex("^([-0-9]+ [.:0-9]+ )?vscclient: error: "),
                               HasSubstr(why)));
    EXPECT_EQ(std::ranges::count(child.log(), '\n'), 1) << child.log();
  }

  /// Plays the host until the card is in.
  static void attach(const test::RawSocket& host) {
    ASSERT_EQ(host.read_hex(bytes_in(kInit)), kInit);
    host.send_hex(kHostInit);
    answer(host, kReaderRemove);
    answer(host, kReaderAdd);
    answer(host, kAtr);
  }
  static void answer(const test::RawSocket& host, const std::string& request) {
    ASSERT_EQ(host.read_hex(bytes_in(request)), request);
    host.send_hex(kSuccess);
  }

  test::TempFolder folder_;
  const fakes::CtlUser ctl_{VSCCLIENT_PROGRAM, "unix:" + path("control")};
};

TEST_F(VscclientProgram, TellsWhatIsWrongWithItsCommandLine) {
  expect_refused({}, 2, "where is the host?");
  expect_refused({"--vsc", "tcp://127.0.0.1:1"}, 2, "is not an endpoint; expected listen:ADDRESS");
  expect_refused({"--vsc", "connect:ipx://a"}, 2, "'ipx' is not a transport");
  expect_refused({"--vsc", "connect:unix:/a", "--card", "hard"}, 2, "unknown card 'hard'");
  expect_refused({"--vsc", "connect:unix:/a", "--vsc", "connect:unix:/b"}, 2, "come in pairs");
  expect_refused({"--vsc", "connect:unix:/a,peer-max-apdu=9"}, 2, "not a number from 258 to 65544");
  expect_refused({"--vsc", "connect:unix:/a", "--card", "soft:db=/a,name=x", "--vsc",
                  "connect:unix:/b", "--card", "soft:db=/b,name=x"},
                 2, "two cards are named 'x'");
  expect_refused({"--frobnicate"}, 2, "--frobnicate");
  expect_refused({"-c", "id", "localhost"}, 2, "HOST needs its PORT");
  expect_refused({"--vsc", "connect:unix:/a", "-c", "id"}, 2, "-e and -c go with HOST PORT");
  expect_refused({"--vsc", "connect:unix:/a", "--control", "tcp://127.0.0.1:0"}, 2,
                 "every local user could connect to tcp://127.0.0.1:0");
  expect_refused({"pipe", "connect:unix:/a"}, 2, "it takes two endpoints");
  expect_refused({"pipe", "connect:unix:/a", "connect:ipx://a"}, 2, "'ipx' is not a transport");
  expect_refused({"ctl"}, 2, "usage: ctl");
  expect_refused({"ctl", "list"}, 2,
                 "there is no default control socket: XDG_RUNTIME_DIR is not set; name the socket "
                 "of the running vscclient with --control unix:PATH or in VSCARD_CONTROL");
}

TEST_F(VscclientProgram, JoinsTwoEndpoints) {
  const auto far = test::RawListener::on_unix(path("far"));
  test::Child pipe(program({"pipe", "connect:unix:" + path("far"), "listen:unix:" + path("near")}));
  pipe.wait_for("listening on unix:" + path("near"));
  const auto near = test::RawSocket::connect_unix(path("near"));
  const auto peer = far.accept();
  near.send_hex("0102");
  EXPECT_EQ(peer.read_hex(2), "0102");
  near.finish();
  EXPECT_TRUE(peer.ended());
  peer.send_hex("03");
  peer.finish();
  EXPECT_EQ(near.read_hex(2), "03") << "and the end";
  EXPECT_EQ(pipe.wait(), 0) << pipe.log();
}

TEST_F(VscclientProgram, JoinsNothingToNobody) {
  expect_refused({"pipe", "connect:unix:/nowhere", "connect:unix:/a"}, 1,
                 "cannot connect to unix:/nowhere");
  expect_refused({"pipe", "listen:tcp://0.0.0.0:0", "connect:unix:/a"}, 1, "--insecure");
}

TEST_F(VscclientProgram, TellsWhyItFails) {
  make_card();
  expect_refused({"--vsc", "connect:unix:/a", "--card", "soft:db=/nowhere"}, 1,
                 "there is no NSS database in /nowhere");
  expect_refused({"--vsc", "connect:unix:/a", "--card", card() + ",cert=x"}, 1,
                 "there is no certificate 'x'");
  expect_refused({"--vsc", "listen:tcp://0.0.0.0:0", "--card", card()}, 1, "--insecure");
  expect_refused({"--vsc", "listen:unix:/nowhere/a", "--card", card()}, 1,
                 "cannot listen on unix:/nowhere/a");
  expect_refused({"--no-reconnect", "--vsc", "connect:unix:/nowhere", "--card", card()}, 1,
                 "cannot connect to unix:/nowhere");
  expect_refused({"--vsc", "connect:unix:/a", "--card", card(), "--pin-file", "/nowhere"}, 1,
                 "/nowhere");
  expect_refused({"--vsc", "connect:unix:/a", "--card", card(), "--pid-file", "/nowhere/pid"}, 1,
                 "cannot write the pid file");
}

TEST_F(VscclientProgram, SharesTheDefaultCardThatOneOfManyMakes) {
  std::vector<std::unique_ptr<test::Child>> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(std::make_unique<test::Child>(
        with_new_state({"--no-reconnect", "--vsc", "connect:unix:/nowhere"})));
  }
  int made = 0;
  for (const auto& child : children) {
    EXPECT_EQ(child->wait(), 1);
    EXPECT_THAT(child->log(), HasSubstr("error: soft: cannot connect to unix:/nowhere"));
    if (child->log().find("the soft card is made") != std::string::npos) ++made;
    EXPECT_THAT(child->log(), HasSubstr("a PIV card"));
  }
  EXPECT_EQ(made, 1);
  EXPECT_THAT(names_of_state(), testing::ElementsAre("soft-card"));
}

TEST_F(VscclientProgram, LeavesNothingWhenItIsStoppedAsItMakesACard) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    test::Child child(with_new_state({"--vsc", "connect:unix:/nowhere"}));
    child.wait_for("making a soft card");
    child.signal(signal);
    EXPECT_EQ(child.wait(), 128 + signal);
    // On a machine that is busy the signal may come when the card is there.
    const bool made = child.log().find("the soft card is made") != std::string::npos;
    EXPECT_THAT(names_of_state(), testing::ElementsAreArray(made ? Words{"soft-card"} : Words{}));
    std::filesystem::remove_all(path("state/vscard/soft-card"));
  }
}

TEST_F(VscclientProgram, CanBeStoppedAsItWaitsForAnotherThatMakesACard) {
  std::filesystem::create_directories(path("state/vscard"));
  const auto maker = program::LockFile::take_if_free(path("state/vscard/.soft-card.lock")).value();
  test::Child waiting(with_new_state({"--vsc", "connect:unix:/nowhere"}));
  waiting.wait_for("waiting for another program that makes the soft card");
  waiting.signal(SIGTERM);
  EXPECT_EQ(waiting.wait(), 128 + SIGTERM);
}

TEST_F(VscclientProgram, ServesACardAndLeavesProperly) {
  make_card();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    const auto listener = test::RawListener::on_tcp();
    const std::string target = "tcp://127.0.0.1:" + std::to_string(listener.port());
    test::Child child(program({"--vsc", "connect:" + target, "--card", card()}),
                      test::Child::Input::Closed);
    const auto host = listener.accept();
    attach(host);
    child.wait_for("soft: in use at " + target);
    child.signal(signal);
    answer(host, kCardRemove);
    answer(host, kReaderRemove);
    EXPECT_TRUE(host.ended());
    EXPECT_EQ(child.wait(), 0);
  }
}

TEST_F(VscclientProgram, DoesNotWaitLongForAHostThatIsSilentWhenItLeaves) {
  make_card();
  const auto listener = test::RawListener::on_unix(path("vsc"));
  test::Child child(program({"--vsc", "connect:unix:" + path("vsc"), "--card", card()}));
  const auto host = listener.accept();
  attach(host);
  child.wait_for("in use at");
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(VscclientProgram, IsControlled) {
  make_card();
  const auto listener = test::RawListener::on_unix(path("vsc"));
  test::Child child(program({"--vsc", "connect:unix:" + path("vsc"), "--card", card(), "--control",
                             "unix:" + path("control"), "--pid-file", path("pid")}));
  const auto host = listener.accept();
  attach(host);
  child.wait_for("in use at");
  EXPECT_EQ(test::read_file(path("pid")), std::to_string(child.pid()) + "\n");

  const auto rows = nlohmann::json::parse(ctl_.run({"list", "--json"}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["card"], "soft");
  EXPECT_EQ(rows[0]["state"], "inserted");
  EXPECT_EQ(rows[0]["peer"], "unix:" + path("vsc"));

  EXPECT_EQ(ctl_.run({"remove", "soft"}, [&] { answer(host, kCardRemove); }), "");
  EXPECT_THAT(ctl_.run({"list"}), HasSubstr("soft  removed"));
  EXPECT_EQ(ctl_.run({"remove"}), "1 vscclient: error: the card 'soft' is already removed\n");
  EXPECT_EQ(ctl_.run({"insert", "0"}, [&] { answer(host, kAtr); }), "");
  EXPECT_EQ(ctl_.run({"insert", "7"}),
            "1 vscclient: error: unknown card '7'; list shows the cards\n");
  EXPECT_EQ(ctl_.run({"jump"}), "1 vscclient: error: unknown command 'jump'; help lists them\n");
  EXPECT_THAT(ctl_.run({"help"}), HasSubstr("insert [CARD]"));

  EXPECT_EQ(ctl_.run({"exit"}), "");
  answer(host, kCardRemove);
  answer(host, kReaderRemove);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_THAT(folder_.names(), testing::UnorderedElementsAre("made", "vsc"))
      << "its pid file and control socket are gone";
}

TEST_F(VscclientProgram, IsControlledWithoutAnOption) {
  make_card();
  std::filesystem::create_directory(path("runtime"));
  const std::string socket = "unix:" + path("runtime/vscard/vscclient.sock");
  EXPECT_THAT(output(in_session({"status"})),
              HasSubstr("1 vscclient: error: no vscclient listens at " + socket));
  const Words line{"--vsc", "listen:unix:" + path("vsc"), "--card", card()};
  test::Child first(in_session(line));
  first.wait_for("control at " + socket);
  EXPECT_THAT(output(in_session({"ctl", "list"})), HasSubstr("soft  inserted"));
  EXPECT_THAT(output(in_session({"status"})), testing::StartsWith("card soft: inserted\n"));
  test::Child second(in_session({"--vsc", "listen:unix:" + path("vsc2"), "--card", card()}));
  EXPECT_THAT(second.wait_for("no control socket"),
              testing::AllOf(HasSubstr(socket), HasSubstr("--control")));
  test::Child none(
      in_session({"--vsc", "listen:unix:" + path("vsc3"), "--card", card(), "--control", "none"}));
  none.wait_for("listening on");
  for (const char* link : {"vsc2", "vsc3"}) attach(test::RawSocket::connect_unix(path(link)));
  second.wait_for("in use at");
  none.wait_for("in use at");
  for (test::Child* child : {&second, &none, &first}) {
    child->signal(SIGTERM);
    EXPECT_EQ(child->wait(), 0);
  }
  EXPECT_THAT(none.log(), testing::Not(HasSubstr("control")));
  EXPECT_TRUE(std::filesystem::is_empty(path("runtime/vscard")));
}

TEST_F(VscclientProgram, TellsWhyItHasNoControlSocket) {
  make_card();
  test::Child child(program({"--vsc", "listen:unix:" + path("vsc"), "--card", card()}));
  child.wait_for(
      "no control socket: XDG_RUNTIME_DIR is not set; give one with --control unix:PATH");
}

TEST_F(VscclientProgram, ShowsWhatIsMissing) {
  make_card();
  test::Child child(program({"--vsc", "listen:unix:" + path("vsc"), "--card", card(), "--control",
                             "unix:" + path("control")}));
  child.wait_for("control at");
  EXPECT_THAT(ctl_.run({"status"}), HasSubstr("missing       a host: none has connected"));
  const auto host = test::RawSocket::connect_unix(path("vsc"));
  attach(host);
  child.wait_for("in use at");
  EXPECT_EQ(ctl_.run({"remove"}, [&] { answer(host, kCardRemove); }), "");
  EXPECT_THAT(ctl_.run({"status"}), testing::AllOf(HasSubstr("card soft: removed\n"),
                                                   HasSubstr("vscclient ctl insert puts it back")));
  EXPECT_EQ(ctl_.run({"insert"}, [&] { answer(host, kAtr); }), "");
  host.send_hex("00000007000000000000000d00200000083132333435363738");
  EXPECT_EQ(host.read_hex(14), "0000000700000000000000029000");
  child.wait_for("soft: PIN accepted");
  EXPECT_THAT(ctl_.run({"status"}),
              testing::MatchesRegex("card soft: inserted\n"
                                    "  reader        .*\n"
                                    "  host          unix:.*/vsc\n"
                                    "  last command  00 20 00 00 .13 bytes., answered 90 00, .*\n"
                                    "  missing       nothing\n"));
}

TEST_F(VscclientProgram, ResetsTheCardForTheNextHost) {
  make_card();
  test::Child child(program({"--vsc", "listen:unix:" + path("vsc"), "--card", card()}));
  child.wait_for("listening on");
  const std::string select_key = "00000007000000000000000d00a4040007a000000079010000";
  const std::string sign =
      "000000070000000000000086"
      "8042000080" +
      std::string(256, '0') + "00";
  for (const bool verified : {true, false}) {
    const auto host = test::RawSocket::connect_unix(path("vsc"));
    attach(host);
    if (verified) {
      host.send_hex("00000007000000000000000d00200000083132333435363738");
      EXPECT_EQ(host.read_hex(14), "0000000700000000000000029000");
    }
    host.send_hex(select_key);
    const auto length = std::stoul(host.read_hex(12).substr(16), nullptr, 16);
    host.read_hex(length);
    host.send_hex(sign);
    const std::string header = host.read_hex(12);
    const std::string response = host.read_hex(std::stoul(header.substr(16), nullptr, 16));
    EXPECT_EQ(response == "6985", !verified) << response.substr(0, 8);
  }
}

TEST_F(VscclientProgram, LogsCommandsWithoutTheirPins) {
  make_card();
  const auto listener = test::RawListener::on_unix(path("vsc"));
  test::Child child(
      program({"--vsc", "connect:unix:" + path("vsc"), "--card", card(), "--log-level", "trace"}));
  const auto host = listener.accept();
  attach(host);
  host.send_hex("00000007000000000000000d00200000083132333435363738");
  EXPECT_EQ(host.read_hex(14), "0000000700000000000000029000");
  EXPECT_THAT(child.wait_for("command"), HasSubstr("00 20 00 00, then 9 bytes not shown"));
  child.signal(SIGKILL);
  child.wait();
  EXPECT_THAT(child.log(), testing::Not(HasSubstr("31 32 33")));
}

TEST_F(VscclientProgram, TakesLibcacardsCommandLine) {
  make_card();
  const std::string database = path("made/cards/alice/nssdb");
  for (const std::string& arguments :
       {"use_hw=no db=\"sql:" + database + "\"", "db=\"sql:" + database + "\" use_hw=no"}) {
    const auto listener = test::RawListener::on_tcp();
    const test::Child child(program({"-e", arguments, "-c", "id", "-c", "sign", "-c", "enc", "-d",
                                     "1", "127.0.0.1", std::to_string(listener.port())}));
    const auto host = listener.accept();
    ASSERT_EQ(host.read_hex(bytes_in(kInit)), kInit);
    host.send_hex(kHostInit);
    answer(host, kReaderRemove);
    answer(host, "00000003ffffffff0000000463617264");  // 'card'
    answer(host, kAtr);
  }
  expect_refused({"-e", "use_hw=no db=\"sql:/nowhere\"", "-c", "id", "127.0.0.1", "1"}, 1,
                 "there is no NSS database in /nowhere");
  expect_refused({"-e", "use_hw=no db=\"sql:" + database + "\"", "-c", "nope", "127.0.0.1", "1"}, 1,
                 "there is no certificate 'nope'");
}

TEST_F(VscclientProgram, ServesTwoCardsOnTwoLinks) {
  make_card({"Alice", "Bob"});
  const std::string bob = "soft:db=" + path("made/cards/bob/nssdb");
  const auto one = test::RawListener::on_unix(path("one"));
  const auto two = test::RawListener::on_unix(path("two"));
  const test::Child child(program({"--vsc", "connect:unix:" + path("one"), "--card",
                                   card() + ",name=soft", "--vsc", "connect:unix:" + path("two"),
                                   "--card", bob, "--control", "unix:" + path("control")}));
  const auto first = one.accept();
  attach(first);
  const auto second = two.accept();
  ASSERT_EQ(second.read_hex(bytes_in(kInit)), kInit);
  second.send_hex(kHostInit);
  answer(second, kReaderRemove);
  answer(second, "00000003ffffffff00000005736f667432");
  answer(second, kAtr);
  EXPECT_EQ(ctl_.run({"remove", "soft2"}, [&] { answer(second, kCardRemove); }), "");
  EXPECT_THAT(ctl_.run({"list"}),
              testing::AllOf(HasSubstr("0 soft  inserted"), HasSubstr("1 soft2  removed")));
}

}  // namespace
}  // namespace vscard::vscclient
