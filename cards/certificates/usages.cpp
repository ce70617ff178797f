#include "cards/certificates/usages.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

namespace vscard::cards::certificates {
namespace {

struct FreeUsages {
  void operator()(EXTENDED_KEY_USAGE* usages) const { EXTENDED_KEY_USAGE_free(usages); }
};

bool has_any_of(const EXTENDED_KEY_USAGE& usages, std::span<const int> wanted) {
  for (int i = 0; i < sk_ASN1_OBJECT_num(&usages); ++i) {
    const int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(&usages, i));
    if (std::ranges::find(wanted, nid) != wanted.end()) return true;
  }
  return false;
}

Usages::Login login_of(const X509& certificate) {
  // RFC 5280 §4.2.1.12, Microsoft's, RFC 4556 §3.2.2
  constexpr std::array kLogin{NID_client_auth, NID_ms_smartcard_login, NID_pkInitClientAuth};
  constexpr std::array kAny{NID_anyExtendedKeyUsage};
  const std::unique_ptr<EXTENDED_KEY_USAGE, FreeUsages> usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(&certificate, NID_ext_key_usage, nullptr, nullptr)));
  ERR_clear_error();
  if (!usages) return Usages::Login::Unsaid;
  if (has_any_of(*usages, kLogin)) return Usages::Login::Named;
  return has_any_of(*usages, kAny) ? Usages::Login::Unsaid : Usages::Login::Excluded;
}

}  // namespace

Usages usages_of(const X509& certificate) {
  // All bits are set where there is no such extension. The call only remembers what it has read.
  const std::uint32_t bits = X509_get_key_usage(const_cast<X509*>(&certificate));
  return {
      .signature = (bits & KU_DIGITAL_SIGNATURE) != 0,
      .non_repudiation = (bits & KU_NON_REPUDIATION) != 0,
      .encryption = (bits & (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT)) != 0,
      .login = login_of(certificate)};
}

bool only_encrypts(const Usages& usages) {
  return usages.encryption && !usages.signature && !usages.non_repudiation;
}

std::optional<std::string> trouble_with_login(const Usages& usages) {
  if (!usages.signature) return "its key usage allows no login (digitalSignature is missing)";
  if (usages.login != Usages::Login::Excluded) return std::nullopt;
  return "its extended key usage allows no login (clientAuth or smart card logon is missing)";
}

}  // namespace vscard::cards::certificates
