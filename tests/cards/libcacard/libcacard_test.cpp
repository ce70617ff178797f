// libcacard's readers, with real databases.

#include "tests/cards/libcacard/libcacard_readers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <sqlite3.h>

namespace vscard::cards::libcacard {
namespace {

using fakes::to_hex;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kSelectCardManager = "00a4040007a0000000030000";
constexpr const char* kSerialOfAll = "000058bd002c19b5";
constexpr const char* kAliceAtr = "3b7a18000073667465206364313434";

TEST_F(LibcacardReaders, TellOfTheCardThatIsInOnce) {
  ASSERT_EQ(open({"soft:db=" + database("alice")}), "");
  std::vector<std::string> events;
  cards_->readers().at(0)->watch([&](const CardEvent& event) {
    const auto* inserted = std::get_if<CardInserted>(&event);
    events.push_back(inserted != nullptr ? to_hex(inserted->atr.bytes()) : "other");
  });
  while (events.empty()) io_.run_one();
  EXPECT_EQ(transmit(0, "00a4040007a0000000790300"), "610d");
  EXPECT_EQ(events, std::vector<std::string>{kAliceAtr});
}

TEST_F(LibcacardReaders, VerifyThePinUntilTheReset) {
  ASSERT_EQ(open({"soft:db=" + database("alice")}), "");
  EXPECT_EQ(transmit(0, kVerify + std::string("3939393939393939")), "63cf");
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000");
  // SIGN of the CAC's signing key is refused without a verified PIN.
  const std::string select_key = "00a4040007a000000079010000";
  const std::string sign = "8042000080" + std::string(256, '0') + "00";
  transmit(0, select_key);
  EXPECT_EQ(transmit(0, sign), "6984") << "the PIN is no obstacle: the data are none";
  const auto atr = run(cards_->readers().at(0)->reset(PowerAction::ColdReset));
  ASSERT_TRUE(atr);
  EXPECT_EQ(to_hex(atr->bytes()), kAliceAtr);
  transmit(0, select_key);
  EXPECT_EQ(transmit(0, sign), "6985") << "conditions of use not satisfied";
}

TEST_F(LibcacardReaders, AnswerWhatIsNoCommand) {
  ASSERT_EQ(open({"soft:db=" + database("alice")}), "");
  for (const std::string hex : {"", "00", "00a404", "00a4040008a000"})
    EXPECT_EQ(transmit(0, hex), "6700") << hex;
  EXPECT_EQ(transmit(0, std::string(std::size_t{65544} * 2, '0')).size(), 4U);
}

TEST_F(LibcacardReaders, AreSeveralWithTheirOwnPins) {
  ASSERT_EQ(open({"soft:db=" + database("alice"), "soft:db=" + database("bob") + ",name=Bob"}), "");
  ASSERT_EQ(cards_->readers().size(), 2U);
  EXPECT_EQ(cards_->readers().at(1)->info().name, "Bob");
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000");
  EXPECT_EQ(transmit(1, kVerify + std::string(kPin)), "9000");
  EXPECT_EQ(warnings_, std::vector<std::string>{});
}

TEST_F(LibcacardReaders, HaveSerialsOfTheirOwn) {
  open_and_watch({"soft:db=" + database("alice"), "soft:db=" + database("bob")});
  const std::string alice = serial(0);
  EXPECT_EQ(alice.size(), 16U);
  EXPECT_NE(alice, kSerialOfAll);
  EXPECT_NE(alice, serial(1));
  EXPECT_TRUE(run(cards_->readers().at(0)->reset(PowerAction::ColdReset)));
  EXPECT_EQ(serial(0), alice);
  transmit(0, kSelectCardManager);
  const std::string production = read(0, "00ca9f7f00");
  EXPECT_EQ(production.substr(30, 8) + production.substr(82, 8), alice);
}

TEST_F(LibcacardReaders, HaveNothingSelectedAtFirst) {
  open_and_watch({"soft:db=" + database("alice")});
  EXPECT_EQ(transmit(0, "8052000002022000"), "6900");
  EXPECT_EQ(transmit(0, "00c0000000"), "6a88");
}

TEST_F(LibcacardReaders, HaveTheSameSerialWithTheSameCertificates) {
  std::filesystem::copy(database("alice"), folder_.path() / "copy");
  open_and_watch({"soft:db=" + database("alice"), "soft:db=" + (folder_.path() / "copy").string(),
                  "soft:db=" + database("bob") + ",cert=id"});
  EXPECT_EQ(serial(0), serial(1));
  EXPECT_NE(serial(0), serial(2));
}

TEST_F(LibcacardReaders, HaveSerialsWithLibcacardsArgumentsToo) {
  open_and_watch({"libcacard:db=\"sql:" + database("alice") + "\" use_hw=no soft=(,r,CAC,,id)"});
  EXPECT_NE(serial(0), kSerialOfAll);
}

// Classes with a channel, with secure messaging, and such as libcacard takes for the first channel.
TEST_F(LibcacardReaders, HaveTheirSerialInEveryClass) {
  open_and_watch({"soft:db=" + database("alice")});
  const std::string own = serial(0);
  for (int cla = 0; cla < 256; ++cla) {
    const std::string hex = to_hex(std::array{static_cast<std::uint8_t>(cla)});
    for (const std::string channel : {"00", "01"}) {
      transmit(0, channel + "a4040007a0000000790100");
      transmit(0, hex + std::string(kSelectContainer).substr(2));
      for (const std::string reader : {"80", "81", "b1", hex.c_str()})
        EXPECT_EQ(transmit(0, reader + "52000f02020808").find(kSerialOfAll), std::string::npos)
            << hex;
      transmit(0, channel + "a40400" + std::string("07a000000116db00"));
      EXPECT_EQ(transmit(0, hex + "52000f02020808").find(kSerialOfAll), std::string::npos) << hex;
    }
  }
  EXPECT_EQ(serial(0), own);
}

TEST_F(LibcacardReaders, HaveTheirSerialHoweverItIsRead) {
  open_and_watch({"soft:db=" + database("alice")});
  transmit(0, kSelectContainer);
  const std::string whole = read(0, "805200000202ff00");
  EXPECT_EQ(whole.find(kSerialOfAll), std::string::npos);
  for (std::size_t offset = 0; offset < 32; ++offset) {
    for (std::size_t size = 1; size < 32; ++size) {
      const std::string command = "805200" + to_hex(std::array{static_cast<std::uint8_t>(offset)}) +
                                  "0202" + to_hex(std::array{static_cast<std::uint8_t>(size)});
      for (const std::string le : {"01", "03", "07", "00"})
        ASSERT_EQ(read(0, command, le), whole.substr(2 * offset, 2 * size)) << command << " " << le;
    }
  }
}

TEST_F(LibcacardReaders, TellWhatIsOnTheCardInTheOrderOfUse) {
  ASSERT_EQ(open({"soft:db=" + database("alice") + ",name=A"}), "");
  EXPECT_THAT(lines_, testing::ElementsAre(StartsWith("A: identity: Alice, RSA 2048, valid until "),
                                           StartsWith("A: signing: Alice, RSA 2048, valid until "),
                                           StartsWith("A: encryption: Alice, RSA 2048, valid ")));
  EXPECT_EQ(warnings_, std::vector<std::string>{});
}

TEST_F(LibcacardReaders, WarnOfCertificatesThatCannotWork) {
  ASSERT_EQ(open({"soft:db=" + database("alice") + ",cert=enc,cert=ca"}), "");
  EXPECT_THAT(warnings_,
              testing::ElementsAre(StartsWith(": encryption: its key usage allows no login"),
                                   StartsWith(": certificate 2: it is the certificate of a CA"),
                                   StartsWith(": certificate 2: its key is not there")));
}

TEST_F(LibcacardReaders, SayThatAPinIsWrongWithLibcacardsArgumentsToo) {
  ASSERT_EQ(open({"libcacard:db=\"sql:" + database("alice") + "\" use_hw=no soft=(,r,CAC,,id)"}),
            "");
  EXPECT_EQ(transmit(0, kVerify + std::string("3939393939393939")), "63cf");
}

TEST_F(LibcacardReaders, HoldTenCertificates) {
  std::string card = "soft:db=" + database("alice");
  for (int i = 0; i < 11; ++i) card += ",cert=id";
  EXPECT_THAT(open({card}), HasSubstr("11 certificates of the database"));
}

TEST_F(LibcacardReaders, WarnOfADatabaseOfANewerNss) {
  sqlite3* keys = nullptr;
  ASSERT_EQ(sqlite3_open((database("alice") + "/key4.db").c_str(), &keys), SQLITE_OK);
  sqlite3_exec(keys, "UPDATE metaData SET item1 = zeroblob(48) WHERE id = 'password'", nullptr,
               nullptr, nullptr);
  sqlite3_close(keys);
  ASSERT_EQ(open({"soft:db=" + database("alice")}), "");
  EXPECT_THAT(warnings_, testing::ElementsAre(HasSubstr("was made by a newer NSS")));
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "63cf");
}

TEST_F(LibcacardReaders, TellHowToConvertAnOldDatabase) {
  test::write_text(folder_.path() / "old/cert8.db", "");
  EXPECT_THAT(open({"soft:db=" + (folder_.path() / "old").string()}),
              HasSubstr("has the old form, cert8.db, which is not supported; convert it with: "
                        "certutil -K -X -d sql:"));
}

TEST_F(LibcacardReaders, TellWhatADatabaseLacks) {
  const auto half = folder_.path() / "half";
  test::write_text(half / "cert9.db", "");
  EXPECT_EQ(open({"soft:db=" + half.string()}),
            "cannot read " + half.string() +
                "/key4.db, a part of the NSS database: No such file or directory");
}

TEST_F(LibcacardReaders, TellThatADatabaseIsDamaged) {
  const auto damaged = folder_.path() / "damaged";
  test::write_text(damaged / "cert9.db", "garbage");
  test::write_text(damaged / "key4.db", "garbage");
  EXPECT_THAT(open({"soft:db=" + damaged.string()}),
              HasSubstr("it is damaged, or another program is changing it"));
}

TEST_F(LibcacardReaders, NeedTheirDatabase) {
  EXPECT_THAT(open({"soft:db=/nowhere"}),
              HasSubstr("there is no NSS database in /nowhere; make one with: certs-test"));
}

TEST_F(LibcacardReaders, NeedTheirDatabaseInATokenToo) {
  EXPECT_THAT(open({"soft:db=" + database("alice"), "soft:db=/nowhere"}),
              HasSubstr("there is no NSS database in /nowhere"));
}

TEST_F(LibcacardReaders, NeedTheirCertificates) {
  EXPECT_EQ(open({"soft:db=" + database("alice") + ",cert=id,cert=nope"}),
            "there is no certificate 'nope' in the database in " + database("alice") +
                "; it has ca, enc, id, sign");
}

TEST_F(LibcacardReaders, NeedTheirCertificatesInATokenToo) {
  EXPECT_THAT(open({"soft:db=" + database("alice"), "soft:db=" + database("bob") + ",cert=nope"}),
              HasSubstr("there is no certificate 'nope' in the database in " + database("bob")));
}

TEST_F(LibcacardReaders, ExplainWhyThereIsNoToken) {
  EXPECT_THAT(open({"nss:db=" + database("alice")}),
              HasSubstr("names no PKCS#11 module; add one with: modutil"));
}

TEST_F(LibcacardReaders, TellWhatLibcacardDoesNotUnderstand) {
  EXPECT_EQ(open({"libcacard:what=ever"}), "libcacard does not understand: what=ever");
}

TEST_F(LibcacardReaders, StartOnceAProcess) {
  ASSERT_EQ(open({"soft:db=" + database("alice")}), "");
  EXPECT_EQ(open({"soft:db=" + database("bob")}),
            "libcacard can start only once in a process, with all its cards");
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000") << "those of the start are at work";
}

TEST_F(LibcacardReaders, AreAtWorkUntilTheyAreStopped) {
  ASSERT_EQ(open({"soft:db=" + database("alice")}), "");
  EXPECT_TRUE(cards_->stop());
  EXPECT_TRUE(cards_->stop());
}

}  // namespace
}  // namespace vscard::cards::libcacard
