// libcacard's cards are made anew when the user puts one back in after its database has changed.

#include "certs-test/nss.hpp"
#include "certs-test/pin.hpp"
#include "tests/cards/libcacard/libcacard_readers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sqlite3.h>
#include <string_view>
#include <variant>

// What libcacard's own variables held is lost when it is unloaded: its options and its list.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's name
extern "C" const char* __lsan_default_suppressions() { return "leak:libglib-2.0.so"; }  // NOLINT

namespace vscard::cards::libcacard {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LibcacardRenewal : public LibcacardReaders {
 protected:
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

 private:
  std::map<std::size_t, std::vector<std::string>> events_;
};

TEST_F(LibcacardRenewal, BecomeWhatTheirDatabaseIsNow) {
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
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_THAT(lines_, Contains(": its files have changed, and are read again").Times(4));
}

TEST_F(LibcacardRenewal, BecomeWhatTheirDatabaseIsNowWithLibcacardsArgumentsToo) {
  open_and_watch({"libcacard:db=\"" + database("alice") + "\" use_hw=no soft=(,reader,CAC,,id)"});
  const std::string alice = serial(0);
  exchange_databases();
  renew(0);
  EXPECT_NE(serial(0), alice);
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000");
}

TEST_F(LibcacardRenewal, StayWhileLibcacardLooksForTokens) {
  open_and_watch({"libcacard:db=\"" + database("alice") + "\" soft=(,reader,CAC,,id)"});
  const std::string alice = serial(0);
  exchange_databases();
  renew(0);
  EXPECT_EQ(serial(0), alice);
  EXPECT_THAT(warnings_, Contains(HasSubstr("libcacard looks for tokens, too")));
}

TEST_F(LibcacardRenewal, StayWhenTheirDatabaseIsAnotherOne) {
  open_and_watch({"soft:db=" + database("alice")});
  const std::string alice = serial(0);
  std::filesystem::rename(database("alice"), database("alice") + ".away");
  std::filesystem::rename(database("bob"), database("alice"));
  renew(0);
  EXPECT_THAT(warnings_, Contains(HasSubstr("the database is another one; start the program")));
  EXPECT_EQ(serial(0), alice);
}

TEST_F(LibcacardRenewal, StayWhenTheirDatabaseHasNoCardAnyMore) {
  empty_database("bob");
  open_and_watch({"soft:db=" + database("alice")});
  const std::string alice = serial(0);
  exchange_databases();
  renew(0);
  EXPECT_THAT(warnings_, Contains(HasSubstr("the card stays as it was: ")));
  EXPECT_EQ(serial(0), alice);
}

TEST_F(LibcacardRenewal, AreWithoutACardWhereLibcacardFindsNone) {
  empty_database("bob");
  ASSERT_EQ(open({"libcacard:db=\"" + database("alice") + "\" use_hw=no soft=(,reader,CAC,,id)"}),
            "");
  const auto& events = watch(0);
  exchange_databases();
  renew(0);
  EXPECT_THAT(events, ElementsAre("inserted", "removed"));
  EXPECT_THAT(warnings_, Contains(HasSubstr("there is no card until its database has changed")));
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "no answer");
  exchange_databases();
  renew(0);
  EXPECT_EQ(transmit(0, kVerify + std::string(kPin)), "9000");
}

TEST_F(LibcacardRenewal, LoseTheirCardsForAMomentWhenAnotherIsMadeAnew) {
  ASSERT_EQ(open({"soft:db=" + database("alice"), "soft:db=" + database("bob")}), "");
  const auto& others = watch(1);
  const auto& own = watch(0);
  const std::string bob = serial(1);
  exchange_databases();
  renew(0);
  ASSERT_THAT(warnings_, IsEmpty());
  while (others.size() < 3) io_.run_one();
  EXPECT_THAT(others, ElementsAre("inserted", "removed", "inserted"));
  EXPECT_THAT(own, ElementsAre("inserted")) << "it is put in only then";
  EXPECT_EQ(serial(0), bob);
  EXPECT_NE(serial(1), bob) << "all databases were read";
}

}  // namespace
}  // namespace vscard::cards::libcacard
