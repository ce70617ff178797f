#include "cards/libcacard/databases.hpp"

#include "cards/files/file_names.hpp"
#include "cards/libcacard/key_database.hpp"
#include "certs-test/nss.hpp"

#include <cerrno>
#include <nss.h>
#include <system_error>
#include <unistd.h>

namespace vscard::cards::libcacard {
namespace {

namespace fs = std::filesystem;
namespace nss = certs_test::nss;

bool is_there(const fs::path& file) {
  std::error_code ignored;  // not there is not there
  return fs::exists(file, ignored);
}

/// NSS would call all of it SEC_ERROR_BAD_DATABASE.
Result<> check_readable(const fs::path& database) {
  for (const char* name : {"cert9.db", "key4.db"}) {
    const fs::path file = database / name;
    if (::access(file.c_str(), R_OK) == 0) continue;
    return std::unexpected("cannot read " + file.string() + ", a part of the NSS database: " +
                           std::system_category().message(errno));
  }
  return {};
}

Failure is_a_file(const fs::path& database) {
  const std::string text =
      database.string() + " is a file, and db= takes the folder of an NSS database";
  const auto key = files::key_of_file(database.native());
  if (key.empty()) return text;
  return text + "; for the keys of this file say --card soft:" + std::string(key) + "=" +
         database.string();
}

Result<> check_there(const fs::path& database) {
  std::error_code ignored;  // what is not there is none
  if (fs::is_regular_file(database, ignored)) return std::unexpected(is_a_file(database));
  if (::access(database.c_str(), X_OK) != 0 && errno != ENOENT) {
    return std::unexpected("cannot look into " + database.string() + ": " +
                           std::system_category().message(errno));
  }
  if (is_there(database / "cert9.db")) return check_readable(database);
  if (is_there(database / "cert8.db")) {
    return std::unexpected("the NSS database in " + database.string() +
                           " has the old form, cert8.db, which is not supported; convert it with: "
                           "certutil -K -X -d sql:" +
                           database.string());
  }
  return std::unexpected(
      Failure{"there is no NSS database in " + database.string() +
              "; make one with: certs-test DIR (test certificates), or certutil -N -d sql:" +
              database.string()});
}

Result<> explained(Result<> opened) {
  if (opened || !opened.error().text.ends_with("SEC_ERROR_BAD_DATABASE")) return opened;
  return std::unexpected(opened.error().text +
                         ": it is damaged, or another program is changing it");
}

}  // namespace

Result<> open_databases(const Emulation& emulation) {
  if (emulation.database.empty()) {
    const auto database = database_in(emulation.arguments);
    return database ? check_there(*database) : Result<>{};
  }
  auto opened = check_there(emulation.database);
  if (opened) opened = explained(nss::open_database(emulation.database));
  for (const auto& other : emulation.others) {
    if (opened) opened = check_there(other.folder);
    if (opened) opened = nss::open_token(other.folder, other.name);
  }
  return opened;
}

void check_password(const fs::path& folder, const Token& token,
                    const std::function<void(const std::string&)>& warn) {
  if (!token.needs_login()) {
    warn("the card of the database in " + folder.string() +
         " accepts any PIN: the database has no password (set one with certutil -W)");
    return;
  }
  const auto keys = read_key_database(folder);
  if (!keys || keys->salt != kNewSalt || NSS_VersionCheck(kNssWithNewSalt) != PR_FALSE) return;
  warn("the database in " + folder.string() + " was made by a newer NSS, and this one, NSS " +
       NSS_GetVersion() +
       ", may refuse the right PIN; if so, make it anew on this machine with certutil -N, and "
       "import the .p12 files with pk12util");
}

}  // namespace vscard::cards::libcacard
