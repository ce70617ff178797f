// vscclient serves cards to hosts.

#include "tests/vscclient/program.hpp"

#include <csignal>

namespace vscard::vscclient {
namespace {

using testing::HasSubstr;

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
