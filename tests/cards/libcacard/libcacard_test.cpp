// libcacard's readers, with real databases. open() works once a process, as ctest starts these
// tests.

#include "cards/kinds.hpp"
#include "cards/libcacard/kinds.hpp"
#include "certs-test/nss.hpp"
#include "certs-test/pin.hpp"
#include "certs-test/soft_cards.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <sqlite3.h>

// What libcacard's own variables held is lost when it is unloaded: its options and its list.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's name
extern "C" const char* __lsan_default_suppressions() { return "leak:libglib-2.0.so"; }  // NOLINT

namespace vscard::cards::libcacard {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kVerify = "0020000008";  // CAC: VERIFY, 8 bytes of PIN
constexpr const char* kPin = "3132333435363738";
constexpr const char* kSelectContainer = "00a4040007a000000116db00";
constexpr const char* kSelectCardManager = "00a4040007a0000000030000";
constexpr const char* kSerialOfAll = "000058bd002c19b5";
constexpr const char* kAliceAtr = "3b7a18000073667465206364313434";

class LibcacardReaders : public testing::Test {
 protected:
  void SetUp() override {
    certs_test::SoftCardOptions options;
    options.folder = folder_.path() / "made";
    options.subjects = {"Alice", "Bob"};
    const auto made = certs_test::make_soft_cards(options);
    ASSERT_TRUE(made) << made.error().text;
  }

  std::string database(const char* name) const {
    return (folder_.path() / "made/cards" / name / "nssdb").string();
  }

  /// "" or the line for the user.
  std::string open(const std::vector<std::string>& cards) {
    std::vector<CardSpec> specs;
    for (const std::string& card : cards) specs.push_back(parse_card_spec(card).value());
    auto opened =
        libcacard::open(io_.get_executor(), specs,
                        {.tell = [this](const std::string& line) { lines_.push_back(line); },
                         .warn = [this](const std::string& line) { warnings_.push_back(line); }});
    if (!opened) return opened.error().text;
    cards_ = std::move(*opened);
    return "";
  }

  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io_, keep(std::move(work), result), asio::detached);
    io_.restart();
    while (!result) io_.run_one();
    return *std::move(result);
  }
  template <class T>
  static Awaitable<void> keep(Awaitable<T> work, std::optional<T>& result) {
    result = co_await std::move(work);
  }

  std::string transmit(std::size_t reader, const std::string& hex) {
    auto response =
        run(cards_->readers().at(reader)->transmit(SecretBytes::copy_of(from_hex(hex))));
    return response ? to_hex(response->view()) : "no answer";
  }

  /// The same with what GET RESPONSE gives, and without status words.
  std::string read(std::size_t reader, const std::string& hex, const std::string& le = "00") {
    std::string data;
    std::string response = transmit(reader, hex);
    while (response.substr(response.size() - 4, 2) == "61") {
      data += response.substr(0, response.size() - 4);
      response = transmit(reader, "00c00000" + le);
    }
    return data + response.substr(0, response.size() - 4);
  }

  void open_and_watch(const std::vector<std::string>& cards) {
    ASSERT_EQ(open(cards), "");
    std::size_t inserted = 0;
    for (cards::Reader* reader : cards_->readers())
      reader->watch([&](const CardEvent&) { ++inserted; });
    io_.restart();
    while (inserted < cards.size()) io_.run_one();
    for (cards::Reader* reader : cards_->readers()) reader->watch([](const CardEvent&) {});
  }

  /// As OpenSC shows it: of the card identifier, behind the chip.
  std::string serial(std::size_t reader) {
    transmit(reader, kSelectContainer);
    return read(reader, "8052000f020208");
  }

  /// What becomes of the reader's card, from the one that is in.
  const std::vector<std::string>& watch(std::size_t reader) {
    auto& events = events_[reader];
    cards_->readers().at(reader)->watch([&](const CardEvent& event) {
      events.push_back(std::holds_alternative<CardRemoved>(event) ? "removed" : "inserted");
    });
    io_.restart();
    while (events.empty()) io_.run_one();
    return events;
  }

  /// The user puts the card back in.
  void renew(std::size_t reader) {
    run(renewed(*cards_->readers().at(reader)));
    io_.poll();  // lines
  }
  static Awaitable<bool> renewed(cards::Reader& reader) {
    co_await reader.renew();
    co_return true;
  }

  /// What is in Alice's and in Bob's, as SQLite writes it into files that are open.
  void exchange_databases() const {
    for (const std::string file : {"/cert9.db", "/key4.db"}) {
      const std::string alice = database("alice") + file;
      const std::string bob = database("bob") + file;
      const std::string between = alice + ".between";
      copy_database(alice, between);
      copy_database(bob, alice);
      copy_database(between, bob);
    }
  }
  static void copy_database(const std::string& from, const std::string& to) {
    sqlite3* source = nullptr;
    sqlite3* target = nullptr;
    ASSERT_EQ(sqlite3_open(from.c_str(), &source), SQLITE_OK);
    ASSERT_EQ(sqlite3_open(to.c_str(), &target), SQLITE_OK);
    sqlite3_backup* const backup = sqlite3_backup_init(target, "main", source, "main");
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    sqlite3_backup_finish(backup);
    sqlite3_close(target);
    sqlite3_close(source);
  }

  /// Before a database is open.
  void empty_database(const char* name) const {
    std::filesystem::remove_all(database(name));
    ASSERT_TRUE(certs_test::nss::make_database(database(name), certs_test::default_pin(), {}, {}));
  }

  test::TempFolder folder_;
  asio::io_context io_{1};
  std::vector<std::string> lines_;
  std::vector<std::string> warnings_;
  std::map<std::size_t, std::vector<std::string>> events_;
  std::unique_ptr<CardSet> cards_;
};

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

TEST_F(LibcacardReaders, BecomeWhatTheirDatabaseIsNow) {
  open_and_watch({"soft:db=" + database("alice")});
  const std::string alice = serial(0);
  renew(0);
  EXPECT_EQ(serial(0), alice) << "nothing has changed";
  for (const char* next : {"bob", "alice", "bob", "alice"}) {
    exchange_databases();
    renew(0);
    EXPECT_EQ(serial(0) == alice, std::string_view(next) == "alice") << next;
    EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000");
  }
  EXPECT_THAT(warnings_, testing::IsEmpty());
  EXPECT_THAT(lines_, Contains(": its files have changed, and are read again").Times(4));
}

TEST_F(LibcacardReaders, BecomeWhatTheirDatabaseIsNowWithLibcacardsArgumentsToo) {
  open_and_watch({"libcacard:db=\"" + database("alice") + "\" use_hw=no soft=(,reader,CAC,,id)"});
  const std::string alice = serial(0);
  exchange_databases();
  renew(0);
  EXPECT_NE(serial(0), alice);
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000");
}

TEST_F(LibcacardReaders, StayWhileLibcacardLooksForTokens) {
  open_and_watch({"libcacard:db=\"" + database("alice") + "\" soft=(,reader,CAC,,id)"});
  const std::string alice = serial(0);
  exchange_databases();
  renew(0);
  EXPECT_EQ(serial(0), alice);
  EXPECT_THAT(warnings_, Contains(HasSubstr("libcacard looks for tokens, too")));
}

TEST_F(LibcacardReaders, StayWhenTheirDatabaseIsAnotherOne) {
  open_and_watch({"soft:db=" + database("alice")});
  const std::string alice = serial(0);
  std::filesystem::rename(database("alice"), database("alice") + ".away");
  std::filesystem::rename(database("bob"), database("alice"));
  renew(0);
  EXPECT_THAT(warnings_, Contains(HasSubstr("the database is another one; start the program")));
  EXPECT_EQ(serial(0), alice);
}

TEST_F(LibcacardReaders, StayWhenTheirDatabaseHasNoCardAnyMore) {
  empty_database("bob");
  open_and_watch({"soft:db=" + database("alice")});
  const std::string alice = serial(0);
  exchange_databases();
  renew(0);
  EXPECT_THAT(warnings_, Contains(HasSubstr("the card stays as it was: ")));
  EXPECT_EQ(serial(0), alice);
}

TEST_F(LibcacardReaders, AreWithoutACardWhereLibcacardFindsNone) {
  empty_database("bob");
  ASSERT_EQ(open({"libcacard:db=\"" + database("alice") + "\" use_hw=no soft=(,reader,CAC,,id)"}),
            "");
  const auto& events = watch(0);
  exchange_databases();
  renew(0);
  EXPECT_THAT(events, testing::ElementsAre("inserted", "removed"));
  EXPECT_THAT(warnings_, Contains(HasSubstr("there is no card until its database has changed")));
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "no answer");
  exchange_databases();
  renew(0);
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000");
}

TEST_F(LibcacardReaders, LoseTheirCardsForAMomentWhenAnotherIsMadeAnew) {
  ASSERT_EQ(open({"soft:db=" + database("alice"), "soft:db=" + database("bob")}), "");
  const auto& others = watch(1);
  const auto& own = watch(0);
  const std::string bob = serial(1);
  exchange_databases();
  renew(0);
  ASSERT_THAT(warnings_, testing::IsEmpty());
  while (others.size() < 3) io_.run_one();
  EXPECT_THAT(others, testing::ElementsAre("inserted", "removed", "inserted"));
  EXPECT_THAT(own, testing::ElementsAre("inserted")) << "it is put in only then";
  EXPECT_EQ(serial(0), bob);
  EXPECT_NE(serial(1), bob) << "all databases were read";
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
