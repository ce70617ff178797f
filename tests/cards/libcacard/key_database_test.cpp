#include "cards/libcacard/key_database.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <sqlite3.h>

namespace vscard::cards::libcacard {
namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

/// A key4.db with what NSS writes there, as far as it is read.
void make(const std::filesystem::path& folder, const std::string& statements) {
  sqlite3* opened = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "key4.db").c_str(), &opened), SQLITE_OK);
  const std::unique_ptr<sqlite3, Close> database(opened);
  ASSERT_EQ(sqlite3_exec(opened, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
}

TEST(KeyDatabase, ShowsTheIdsOfPrivateKeysAndTheSalt) {
  const test::TempFolder folder;
  make(folder.path(),
       "CREATE TABLE nssPrivate (id PRIMARY KEY, a0, a102);"
       "INSERT INTO nssPrivate VALUES (1, X'00000003', X'0AFF'), (2, X'00000004', X'01');"
       "CREATE TABLE metaData (id PRIMARY KEY, item1, item2);"
       "INSERT INTO metaData VALUES ('password', zeroblob(48), X'00');");
  const auto keys = read_key_database(folder.path());
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->key_ids, std::set<std::string>{"0AFF"});
  EXPECT_EQ(keys->salt, kNewSalt);
}

TEST(KeyDatabase, MayBeAbsentOrNoneOfNss) {
  const test::TempFolder folder;
  EXPECT_FALSE(read_key_database(folder.path()));
  test::write_text(folder.path() / "key4.db", "text");
  EXPECT_FALSE(read_key_database(folder.path()));
}

}  // namespace
}  // namespace vscard::cards::libcacard
