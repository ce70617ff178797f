#include "cards/libcacard/nss.hpp"

#include <cert.h>
#include <memory>
#include <nss.h>
#include <pk11pub.h>
#include <prerror.h>
#include <secmod.h>
#include <set>

namespace vscard::cards::libcacard::nss {
namespace {

struct Release {
  void operator()(CERTCertificate* certificate) const { CERT_DestroyCertificate(certificate); }
  void operator()(CERTCertList* list) const { CERT_DestroyCertList(list); }
  void operator()(PK11SlotInfo* slot) const { PK11_FreeSlot(slot); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

std::string last_error() {
  const char* name = PR_ErrorToName(PR_GetError());
  return name == nullptr ? "unknown error" : name;
}

/// "TOKEN:NICKNAME" in its parts; no token is NSS's own database.
std::pair<std::string, std::string> split(const std::string& nickname) {
  const std::size_t colon = nickname.find(':');
  if (colon == std::string::npos) return {"", nickname};
  return {nickname.substr(0, colon), nickname.substr(colon + 1)};
}

Owned<PK11SlotInfo> slot_of(const std::string& token) {
  return Owned<PK11SlotInfo>(token.empty() ? PK11_GetInternalKeySlot()
                                           : PK11_FindSlotByName(token.c_str()));
}

/// In the order of the alphabet.
std::string nicknames_in(PK11SlotInfo* slot) {
  const Owned<CERTCertList> list(PK11_ListCertsInSlot(slot));
  if (!list) return "";
  std::set<std::string> names;
  for (PRCList* link = list->list.next; link != &list->list; link = link->next) {
    const auto* node = static_cast<CERTCertListNode*>(static_cast<void*>(link));
    if (node->cert->nickname != nullptr) names.insert(split(node->cert->nickname).second);
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Result<> check_database(const std::filesystem::path& database) {
  std::error_code ignored;  // not there is not there
  if (std::filesystem::exists(database / "cert9.db", ignored)) return {};
  return std::unexpected("there is no NSS database in " + database.string() +
                         "; make one with: certs-test DIR (test certificates), or certutil -N -d "
                         "sql:" +
                         database.string());
}

Result<> open(const std::filesystem::path& database) {
  const auto there = check_database(database);
  if (!there) return there;
  const std::string config = "sql:" + database.string();
  if (NSS_InitContext(config.c_str(), "", "", "", nullptr, NSS_INIT_READONLY) == nullptr) {
    return std::unexpected("cannot open the NSS database in " + database.string() + ": " +
                           last_error());
  }
  return {};  // kept open for as long as the process lives, as libcacard keeps its own
}

bool is_open() { return NSS_IsInitialized() == PR_TRUE; }

Result<> open_token(const std::filesystem::path& database, const std::string& name) {
  const auto there = check_database(database);
  if (!there) return there;
  const std::string spec =
      "configDir='sql:" + database.string() + "' tokenDescription='" + name + "' flags=readOnly";
  if (SECMOD_OpenUserDB(spec.c_str()) == nullptr) {
    return std::unexpected("cannot open the NSS database in " + database.string() + ": " +
                           last_error());
  }
  return {};
}

Result<> check_certificate(const std::string& nickname) {
  const auto [token, name] = split(nickname);
  const Owned<CERTCertificate> certificate(PK11_FindCertFromNickname(nickname.c_str(), nullptr));
  if (certificate) return {};
  const auto slot = slot_of(token);
  const std::string there = slot ? nicknames_in(slot.get()) : "";
  return std::unexpected("there is no certificate '" + name + "' in the database; it has " +
                         (there.empty() ? "none" : there));
}

bool accepts_any_pin(const std::string& nickname) {
  const auto slot = slot_of(split(nickname).first);
  return slot && PK11_NeedLogin(slot.get()) == PR_FALSE;
}

std::string explain_no_tokens(const std::filesystem::path& database) {
  std::string text;
  for (SECMODModuleList* entry = SECMOD_GetDefaultModuleList(); entry != nullptr;
       entry = entry->next) {
    SECMODModule* module = entry->module;
    if (module == nullptr || module == SECMOD_GetInternalModule()) continue;
    for (int i = 0; i < module->slotCount; ++i) {
      PK11SlotInfo* slot = module->slots[i];
      const char* reason = nullptr;
      if (PK11_IsRemovable(slot) == PR_FALSE) {
        reason = "is not removable (SoftHSM: slots.removable = true)";
      } else if (PK11_IsPresent(slot) == PR_FALSE) {
        reason = "has no token in it";
      }
      if (reason == nullptr) continue;
      text += (text.empty() ? "" : "; ") + std::string("slot '") + PK11_GetSlotName(slot) + "' " +
              reason;
    }
    if (module->slotCount == 0) {
      text += (text.empty() ? "" : "; ") + std::string("module '") + module->commonName +
              "' has no slots";
    }
  }
  if (!text.empty()) return text;
  return "the NSS database in " + database.string() +
         " names no PKCS#11 module; add one with: modutil -dbdir sql:" + database.string() +
         " -add NAME -libfile MODULE.so";
}

}  // namespace vscard::cards::libcacard::nss
