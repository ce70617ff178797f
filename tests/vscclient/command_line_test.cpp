// What vscclient's command line takes, and why it fails.

#include "tests/vscclient/program.hpp"

namespace vscard::vscclient {
namespace {

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

TEST_F(VscclientProgram, TurnsAwayWhoComesToAPipeThatServesAnother) {
  test::Child pipe(program({"pipe", "listen:unix:" + path("a"), "listen:unix:" + path("b")}));
  pipe.wait_for("listening on unix:" + path("b"));
  const auto one = test::RawSocket::connect_unix(path("a"));
  pipe.wait_for(" is there");
  EXPECT_TRUE(test::RawSocket::connect_unix(path("a")).ended()) << "before they are joined";
  const auto other = test::RawSocket::connect_unix(path("b"));
  pipe.wait_for(" is there");
  EXPECT_TRUE(test::RawSocket::connect_unix(path("a")).ended());
  EXPECT_TRUE(test::RawSocket::connect_unix(path("b")).ended());
  pipe.wait_for("turned ");
  one.send_hex("01");
  EXPECT_EQ(other.read_hex(1), "01");
}

TEST_F(VscclientProgram, JoinsNothingToNobody) {
  expect_refused({"pipe", "connect:unix:/nowhere", "connect:unix:/a"}, 1,
                 "cannot connect to unix:/nowhere");
  expect_refused({"pipe", "listen:tcp://0.0.0.0:0", "connect:unix:/a"}, 1, "--insecure");
}

}  // namespace
}  // namespace vscard::vscclient
