// vscclient with cards in readers of a real pcscd, as a user starts it.

#include "cards/pcsc/library.hpp"
#include "certs-test/soft_cards.hpp"
#include "tests/cards/pcsc/private_pcscd.hpp"
#include "tests/fakes/ctl_user.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>

namespace vscard::vscclient {
namespace {

using fakes::from_hex;
using test::PrivatePcscd;
using testing::HasSubstr;

const std::string kInit = "00000001000000000000000c565343440000000200000001";
const std::string kHostInit = "00000001ffffffff0000000c565343440000000200000000";
const std::string kSuccess = "00000002000000000000000400000000";
const std::string kReaderRemove = "000000040000000000000000";
const std::string kReaderAdd = "00000003ffffffff0000000470637363";  // 'pcsc'
const std::string kAtr = "0000000500000000000000063b0412345678";
const std::string kCardRemove = "000000060000000000000000";

class VscclientWithPcsc : public testing::Test {
 protected:
  static std::vector<std::string> program(std::vector<std::string> words) {
    words.insert(words.begin(), VSCCLIENT_PROGRAM);
    return words;
  }
  std::string path(const char* name) const { return folder_.path() / name; }

  /// Its output, after its exit status unless that is 0.
  static std::string list_readers(std::vector<std::string> words = {}) {
    words.insert(words.begin(), "list-readers");
    test::Child child(program(words));
    const int status = child.wait();
    return (status == 0 ? "" : std::to_string(status) + " ") + child.log();
  }

  static void answer(const test::RawSocket& host, const std::string& request) {
    ASSERT_EQ(host.read_hex(request.size() / 2), request);
    host.send_hex(kSuccess);
  }
  /// Plays the host until the reader is in.
  static void attach(const test::RawSocket& host) {
    ASSERT_EQ(host.read_hex(kInit.size() / 2), kInit);
    host.send_hex(kHostInit);
    answer(host, kReaderRemove);
    answer(host, kReaderAdd);
  }

  static std::unique_ptr<test::VirtualCard> insert(std::uint16_t port) {
    return std::make_unique<test::VirtualCard>(port, from_hex("3b0412345678"),
                                               [](const auto&) { return from_hex("9000"); });
  }

  test::TempFolder folder_;
  PrivatePcscd pcscd_;
};

TEST_F(VscclientWithPcsc, BringsACardToAHostAndResetsItAfterwards) {
  const auto card = insert(PrivatePcscd::kFirstPort);
  const auto listener = test::RawListener::on_unix(path("vsc"));
  test::Child child(program({"--vsc", "connect:unix:" + path("vsc"), "--card", "pcsc"}));
  const auto host = listener.accept();
  attach(host);
  answer(host, kAtr);
  host.send_hex("00000007000000000000000400a40400");
  EXPECT_EQ(host.read_hex(14), "0000000700000000000000029000");

  const auto context = cards::pcsc::Context::establish().value();
  const auto neighbour =
      cards::pcsc::Connection::open(context, PrivatePcscd::kFirst, cards::pcsc::Share::Shared)
          .value();
  child.signal(SIGTERM);
  answer(host, kCardRemove);
  answer(host, kReaderRemove);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(neighbour.begin_transaction().error().cause, cards::pcsc::Cause::CardReset);
}

TEST_F(VscclientWithPcsc, ShowsRemovalAndInsertionToTheHost) {
  auto card = insert(PrivatePcscd::kFirstPort);
  const auto listener = test::RawListener::on_unix(path("vsc"));
  const test::Child child(program({"--vsc", "connect:unix:" + path("vsc"), "--card", "pcsc"}));
  const auto host = listener.accept();
  attach(host);
  answer(host, kAtr);
  card.reset();
  answer(host, kCardRemove);
  card = insert(PrivatePcscd::kFirstPort);
  answer(host, kAtr);
}

TEST_F(VscclientWithPcsc, HasASoftCardBesideIt) {
  certs_test::SoftCardOptions options;
  options.folder = folder_.path() / "made";
  options.subjects = {"Alice"};
  ASSERT_TRUE(certs_test::make_soft_cards(options));
  const auto card = insert(PrivatePcscd::kSecondPort);
  test::Child child(program({"--vsc", "listen:unix:" + path("one"), "--card",
                             "pcsc:reader=Real [a] 00 01", "--vsc", "listen:unix:" + path("two"),
                             "--card", "soft:db=" + path("made/cards/alice/nssdb"), "--control",
                             "unix:" + path("control")}));
  EXPECT_THAT(child.wait_for("reader"), HasSubstr("pcsc: reader 'Real [a] 00 01', named"));
  const fakes::CtlUser ctl(VSCCLIENT_PROGRAM, "unix:" + path("control"));
  const auto rows = nlohmann::json::parse(ctl.run({"list", "--json"}));
  EXPECT_EQ(rows.at(0).at("card"), "pcsc");
  EXPECT_EQ(rows.at(0).at("reader"), PrivatePcscd::kSecond);
  EXPECT_EQ(rows.at(1).at("card"), "soft");
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(VscclientWithPcsc, EndsThoughPcscdIsSilent) {
  const auto card = insert(PrivatePcscd::kFirstPort);
  test::Child child(program({"--vsc", "listen:unix:" + path("vsc"), "--card", "pcsc"}));
  child.wait_for("pcsc: reader");
  pcscd_.process().signal(SIGSTOP);
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
  pcscd_.process().signal(SIGCONT);
}

TEST_F(VscclientWithPcsc, ListsReaders) {
  const auto card = insert(PrivatePcscd::kSecondPort);
  test::Child child(program({"--vsc", "listen:unix:" + path("vsc"), "--card", "pcsc"}));
  child.wait_for("pcsc: reader");
  EXPECT_EQ(list_readers(),
            "Real [a] 00 00  empty\n"
            "Real [a] 00 01  card 3b0412345678\n"
            "vscard Test 00 00  empty  vscard's own\n"
            "vscard Test 00 01  empty  vscard's own\n");
  const auto host = test::RawSocket::connect_unix(path("vsc"));
  attach(host);
  answer(host, kAtr);
  host.send_hex("00000007000000000000000400a40400");
  EXPECT_EQ(host.read_hex(14), "0000000700000000000000029000");
  const auto rows = nlohmann::json::parse(list_readers({"--json"}));
  EXPECT_EQ(rows.at(1), (nlohmann::json{{"name", PrivatePcscd::kSecond},
                                        {"atr", "3b0412345678"},
                                        {"mute", false},
                                        {"in_use", true},
                                        {"exclusive", false},
                                        {"own", false}}));
  EXPECT_EQ(rows.at(2).at("atr"), nullptr);
  EXPECT_EQ(rows.at(2).at("own"), true);
  EXPECT_THAT(list_readers({"--xml"}), testing::StartsWith("2 vscclient: error: usage"));
  pcscd_.stop();
  EXPECT_THAT(list_readers(),
              HasSubstr("1 vscclient: error: PC/SC: no answer; install pcscd and start it"));
}

}  // namespace
}  // namespace vscard::vscclient
