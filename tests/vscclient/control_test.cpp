// What a running vscclient is asked by ctl and status.

#include "tests/vscclient/program.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>

namespace vscard::vscclient {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace vscard::vscclient
