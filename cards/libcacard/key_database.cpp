#include "cards/libcacard/key_database.hpp"

#include "cards/libcacard/certificate.hpp"

#include <functional>
#include <memory>
#include <sqlite3.h>

namespace vscard::cards::libcacard {
namespace {

using protocol::Bytes;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

Database open(const std::filesystem::path& file) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  Database database(opened);
  return status == SQLITE_OK ? std::move(database) : nullptr;
}

/// Calls `take` with the first column of each row. False: the database is none of NSS's.
bool for_each(sqlite3& database, const char* query, const std::function<void(Bytes)>& take) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(&database, query, -1, &prepared, nullptr) != SQLITE_OK) return false;
  const Statement statement(prepared);
  int status = sqlite3_step(prepared);
  for (; status == SQLITE_ROW; status = sqlite3_step(prepared)) {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(prepared, 0));
    take({data, static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0))});
  }
  return status == SQLITE_DONE;
}

// The columns of NSS's tables are attributes of PKCS#11: a0 is CKA_CLASS, a102 CKA_ID.
constexpr const char* kPrivateKeyIds = "SELECT a102 FROM nssPrivate WHERE a0 = X'00000003'";
constexpr const char* kSalt = "SELECT item1 FROM metaData WHERE id = 'password'";

}  // namespace

std::optional<KeyDatabase> read_key_database(const std::filesystem::path& folder) {
  const Database database = open(folder / "key4.db");
  if (!database) return std::nullopt;
  KeyDatabase keys;
  const bool read =
      for_each(*database, kPrivateKeyIds, [&](Bytes id) { keys.key_ids.insert(hex_of(id)); }) &&
      for_each(*database, kSalt, [&](Bytes salt) { keys.salt = salt.size(); });
  return read ? std::optional(std::move(keys)) : std::nullopt;
}

}  // namespace vscard::cards::libcacard
