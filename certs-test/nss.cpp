#include "certs-test/nss.hpp"

#include "certs-test/pin.hpp"
#include "certs-test/staging.hpp"

#include <fmt/core.h>

#include <cert.h>
#include <cstdint>
#include <cstdlib>
#include <keyhi.h>
#include <memory>
#include <nss.h>
#include <pk11pub.h>
#include <prerror.h>
#include <secmod.h>
#include <system_error>

namespace vscard::certs_test::nss {
namespace {

using protocol::SecretBytes;

struct Free {
  void operator()(PK11SlotInfo* slot) const { PK11_FreeSlot(slot); }
  void operator()(CERTCertificate* certificate) const { CERT_DestroyCertificate(certificate); }
  void operator()(SECKEYPublicKey* key) const { SECKEY_DestroyPublicKey(key); }
};
using SlotHandle = std::unique_ptr<PK11SlotInfo, Free>;
using Certificate = std::unique_ptr<CERTCertificate, Free>;
using PublicKey = std::unique_ptr<SECKEYPublicKey, Free>;

/// NSS reads it when a database gets its password, and when keys are added.
constexpr const char* kMaxRounds = "NSS_MAX_MP_PBE_ITERATION_COUNT";

constexpr const char* kCaNickname = "ca";
constexpr const char* kCaTrust = "CT,C,C";  ///< issues for servers and clients, mail, code

/// SQLite keeps what a change replaces beside what it writes.
constexpr std::uintmax_t kRoomToChange = std::uintmax_t{128} << 10;  ///< bytes

/// NSS calls it anything but this, a wrong password as well.
bool is_full(const std::filesystem::path& folder) {
  std::error_code error;
  const auto room = std::filesystem::space(folder, error);
  return !error && room.available < kRoomToChange;
}

std::unexpected<Failure> failure(std::string_view what, const std::filesystem::path& folder) {
  const std::string reason =
      is_full(folder) ? "the disk is full; make room there (200 KiB), or choose another folder"
                      : PR_ErrorToString(PR_GetError(), PR_LANGUAGE_I_DEFAULT);
  return std::unexpected(Failure{fmt::format("{} in {}: {}", what, folder.string(), reason)});
}

/// As NSS writes a database's folder.
std::string sql(const std::filesystem::path& folder) { return "sql:" + folder.string(); }

/// NSS reads from an item and takes no ownership, but does not say const.
SECItem item_of(const SecretBytes& bytes) {
  return {siBuffer, const_cast<unsigned char*>(bytes.view().data()),
          static_cast<unsigned int>(bytes.size())};
}

Certificate decode(const SecretBytes& der) {
  SECItem item = item_of(der);
  return Certificate(
      CERT_NewTempCertificate(CERT_GetDefaultCertDB(), &item, nullptr, PR_FALSE, PR_TRUE));
}

bool add_certificate(PK11SlotInfo& slot, CERTCertificate& certificate, const char* nickname) {
  return PK11_ImportCert(&slot, &certificate, CK_INVALID_HANDLE, nickname, PR_FALSE) == SECSuccess;
}

bool add_ca(PK11SlotInfo& slot, const SecretBytes& der) {
  const Certificate ca = decode(der);
  CERTCertTrust trust{};
  return ca && add_certificate(slot, *ca, kCaNickname) &&
         CERT_DecodeTrustString(&trust, kCaTrust) == SECSuccess &&
         CERT_ChangeCertTrust(CERT_GetDefaultCertDB(), ca.get(), &trust) == SECSuccess;
}

/// KU_ALL: libcacard signs with a raw RSA decryption, whatever the certificate says of the key.
/// The modulus makes the id by which NSS finds the key of a certificate.
bool add_key(PK11SlotInfo& slot, const Credential& credential, SECKEYPublicKey& public_key) {
  SECItem key = item_of(credential.key);
  SECItem nickname{siBuffer,
                   reinterpret_cast<unsigned char*>(  // NOLINT: NSS's characters
                       const_cast<char*>(credential.nickname.data())),
                   static_cast<unsigned int>(credential.nickname.size())};
  return PK11_ImportDERPrivateKeyInfo(&slot, &key, &nickname, &public_key.u.rsa.modulus, PR_TRUE,
                                      PR_TRUE, KU_ALL, nullptr) == SECSuccess;
}

bool add_credential(PK11SlotInfo& slot, const Credential& credential) {
  const Certificate certificate = decode(credential.certificate);
  const PublicKey public_key(certificate ? CERT_ExtractPublicKey(certificate.get()) : nullptr);
  return public_key && SECKEY_GetPublicKeyType(public_key.get()) == rsaKey &&
         add_key(slot, credential, *public_key) &&
         add_certificate(slot, *certificate, credential.nickname.c_str());
}

Result<> fill(const std::filesystem::path& folder, const SecretBytes& pin, const SecretBytes& ca,
              std::span<const Credential> credentials) {
  const SlotHandle slot(PK11_GetInternalKeySlot());
  if (!slot || PK11_InitPin(slot.get(), nullptr, PinString(pin).c_str()) != SECSuccess)
    return failure("cannot set the PIN of the NSS database", folder);
  if (!ca.empty() && !add_ca(*slot, ca))
    return failure("cannot add the CA to the NSS database", folder);
  for (const Credential& credential : credentials)
    if (!add_credential(*slot, credential))
      return failure(fmt::format("cannot add \"{}\" to the NSS database", credential.nickname),
                     folder);
  return {};
}

std::unexpected<Failure> cannot_open(const std::filesystem::path& folder) {
  const char* name = PR_ErrorToName(PR_GetError());
  return std::unexpected(
      Failure{fmt::format("cannot open the NSS database in {}: {}", folder.string(),
                          name == nullptr ? "unknown error" : name)});
}

}  // namespace

// NOLINTBEGIN(concurrency-mt-unsafe): there are no other threads
FewRounds::FewRounds() : set_by_user_(std::getenv(kMaxRounds) != nullptr) {
  if (!set_by_user_) ::setenv(kMaxRounds, "1", 0);
}

FewRounds::~FewRounds() {
  if (!set_by_user_) ::unsetenv(kMaxRounds);
}
// NOLINTEND(concurrency-mt-unsafe)

Result<> make_database(const std::filesystem::path& folder, const SecretBytes& pin,
                       const SecretBytes& ca, std::span<const Credential> credentials) {
  if (NSS_IsInitialized() != PR_FALSE)
    return std::unexpected(
        Failure{"cannot make an NSS database while NSS is in use in the same process"});
  if (auto made = make_folder(folder, 0700); !made) return made;
  // No module list (pkcs11.txt): it would hold this folder's name, and folders are moved.
  NSSInitContext* context = NSS_InitContext(sql(folder).c_str(), "", "", "", nullptr,
                                            NSS_INIT_NOMODDB | NSS_INIT_NOROOTINIT);
  if (context == nullptr) return failure("cannot make the NSS database", folder);
  auto filled = fill(folder, pin, ca, credentials);
  if (NSS_ShutdownContext(context) != SECSuccess && filled)
    return failure("cannot close the NSS database", folder);
  return filled;
}

Result<> open_database(const std::filesystem::path& folder) {
  if (NSS_InitContext(sql(folder).c_str(), "", "", "", nullptr, NSS_INIT_READONLY) == nullptr) {
    return cannot_open(folder);
  }
  return {};  // kept open for as long as the process lives, as libcacard keeps its own
}

Result<> open_token(const std::filesystem::path& folder, const std::string& name) {
  const std::string spec =
      fmt::format("configDir='{}' tokenDescription='{}' flags=readOnly", sql(folder), name);
  if (SECMOD_OpenUserDB(spec.c_str()) == nullptr) return cannot_open(folder);
  return {};
}

}  // namespace vscard::certs_test::nss
