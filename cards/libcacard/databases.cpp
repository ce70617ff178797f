#include "cards/libcacard/databases.hpp"

#include "certs-test/nss.hpp"

#include <system_error>

namespace vscard::cards::libcacard {
namespace {

namespace fs = std::filesystem;
namespace nss = certs_test::nss;

/// NSS would call it SEC_ERROR_BAD_DATABASE.
Result<> check_there(const fs::path& database) {
  std::error_code ignored;  // not there is not there
  if (fs::exists(database / "cert9.db", ignored)) return {};
  return std::unexpected(
      Failure{"there is no NSS database in " + database.string() +
              "; make one with: certs-test DIR (test certificates), or certutil -N -d sql:" +
              database.string()});
}

/// "TOKEN:NICKNAME" in its parts; no token is NSS's own database.
std::pair<std::string, std::string> split(const std::string& nickname) {
  const std::size_t colon = nickname.find(':');
  if (colon == std::string::npos) return {"", nickname};
  return {nickname.substr(0, colon), nickname.substr(colon + 1)};
}

Result<> check_certificate(const std::string& nickname) {
  if (nss::has_certificate(nickname)) return {};
  const auto [token, name] = split(nickname);
  std::string there;
  for (const std::string& it : nss::certificates_in(token)) {
    there += (there.empty() ? "" : ", ") + it;
  }
  return std::unexpected(Failure{"there is no certificate '" + name + "' in the database; it has " +
                                 (there.empty() ? "none" : there)});
}

/// Empty where it has a token that can be a card.
std::string trouble_with(const nss::Slot& slot) {
  if (!slot.removable) {
    return "slot '" + slot.name + "' is not removable (SoftHSM: slots.removable = true)";
  }
  return slot.has_token ? "" : "slot '" + slot.name + "' has no token in it";
}

}  // namespace

Result<> open_databases(const Emulation& emulation) {
  if (emulation.database.empty()) {
    const auto database = database_in(emulation.arguments);
    return database ? check_there(*database) : Result<>{};
  }
  auto opened = check_there(emulation.database);
  if (opened) opened = nss::open_database(emulation.database);
  for (const auto& token : emulation.tokens) {
    if (opened) opened = check_there(token.database);
    if (opened) opened = nss::open_token(token.database, token.name);
  }
  return opened;
}

Result<> check_certificates(const std::vector<std::vector<std::string>>& nicknames,
                            const std::function<void(const std::string&)>& warn) {
  if (!nss::is_open()) return {};
  for (const auto& card : nicknames) {
    for (const std::string& nickname : card) {
      const auto found = check_certificate(nickname);
      if (!found) return found;
    }
    if (!card.empty() && !nss::needs_login(split(card.front()).first)) {
      warn("the card of certificate '" + card.front() +
           "' accepts any PIN: its NSS database has no password (set one with certutil -W)");
    }
  }
  return {};
}

std::string explain_no_tokens(const fs::path& database) {
  std::string text;
  const auto add = [&text](const std::string& trouble) {
    if (!trouble.empty()) text += (text.empty() ? "" : "; ") + trouble;
  };
  for (const nss::Module& module : nss::modules()) {
    for (const nss::Slot& slot : module.slots) add(trouble_with(slot));
    if (module.slots.empty()) add("module '" + module.name + "' has no slots");
  }
  if (!text.empty()) return text;
  return "the NSS database in " + database.string() +
         " names no PKCS#11 module; add one with: modutil -dbdir sql:" + database.string() +
         " -add NAME -libfile MODULE.so";
}

}  // namespace vscard::cards::libcacard
