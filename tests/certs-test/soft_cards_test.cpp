#include "certs-test/soft_cards.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <cert.h>
#include <certdb.h>
#include <keyhi.h>
#include <map>
#include <memory>
#include <nss.h>
#include <pk11pub.h>
#include <secerr.h>
#include <sys/stat.h>

// What was made is looked at with OpenSSL and NSS themselves, not with the wrappers that made it.
namespace vscard::certs_test {
namespace {

using test::TempFolder;

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_CRL* crl) const { X509_CRL_free(crl); }
  void operator()(STACK_OF(X509) * certificates) const {
    sk_X509_pop_free(certificates, X509_free);
  }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(EXTENDED_KEY_USAGE* usages) const { EXTENDED_KEY_USAGE_free(usages); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(PKCS12* pkcs12) const { PKCS12_free(pkcs12); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(CERTCertificate* certificate) const { CERT_DestroyCertificate(certificate); }
  void operator()(SECKEYPrivateKey* key) const { SECKEY_DestroyPrivateKey(key); }
  void operator()(PK11SlotInfo* slot) const { PK11_FreeSlot(slot); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

std::string text_of(const ASN1_OBJECT* object) {
  std::array<char, 64> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return text.data();
}

/// As numbers, in the certificate's order.
std::vector<std::string> extended_key_usages(const X509* made) {
  const Handle<EXTENDED_KEY_USAGE> usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(made, NID_ext_key_usage, nullptr, nullptr)));
  std::vector<std::string> numbers;
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i)
    numbers.push_back(text_of(sk_ASN1_OBJECT_value(usages.get(), i)));
  return numbers;
}

/// The certificate's other names: DER by type.
std::map<std::string, std::vector<std::uint8_t>> other_names(const X509* made) {
  const Handle<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(made, NID_subject_alt_name, nullptr, nullptr)));
  std::map<std::string, std::vector<std::uint8_t>> values;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_OTHERNAME) continue;
    unsigned char* der = nullptr;
    const int size = i2d_ASN1_TYPE(name->d.otherName->value, &der);
    values[text_of(name->d.otherName->type_id)].assign(der, der + size);
    OPENSSL_free(der);
  }
  return values;
}

/// One set for all the tests: keys take time.
class SoftCards : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    parent = std::make_unique<TempFolder>();
    folder = parent->path() / "set";
    SoftCardOptions options;
    options.folder = folder;
    options.subjects = {"Alice Adams <alice@corp.test>", "Bob Brown <bob@corp.test>"};
    for (const auto& [defect, name] : kDefects) options.bad.push_back(defect);
    options.progress = [](std::string_view text) { progress.emplace_back(text); };
    auto made = make_soft_cards(options);
    ASSERT_TRUE(made) << made.error().text;
    manifest = std::move(*made);
  }
  static void TearDownTestSuite() { parent.reset(); }

  static Handle<BIO> open(const fs::path& file) {
    return Handle<BIO>(BIO_new_file((folder / file).c_str(), "r"));
  }
  static Handle<X509> certificate(const fs::path& file) {
    return Handle<X509>(PEM_read_bio_X509(open(file).get(), nullptr, nullptr, nullptr));
  }
  static Handle<EVP_PKEY> private_key(const fs::path& file) {
    return Handle<EVP_PKEY>(PEM_read_bio_PrivateKey(open(file).get(), nullptr, nullptr, nullptr));
  }

  static const CardEntry& card(std::string_view name) {
    return *std::ranges::find(manifest.cards, name, &CardEntry::name);
  }

  /// Of an identity: of the card's folder, or none if it is to be missing.
  enum class Intermediate { AsOnTheCard, Given };

  static Handle<STACK_OF(X509)> untrusted(const fs::path& issuer, Intermediate intermediate) {
    Handle<STACK_OF(X509)> others(sk_X509_new_null());
    const bool missing = issuer.string().contains("intermediate-missing") &&
                         intermediate == Intermediate::AsOnTheCard;
    if (fs::exists(folder / issuer) && !missing)
      sk_X509_push(others.get(), certificate(issuer).release());
    return others;
  }

  /// X509_V_OK, or OpenSSL's first objection to the certificate as a login's.
  static int verify(const CertificateEntry& entry, int purpose = X509_PURPOSE_SSL_CLIENT,
                    Intermediate intermediate = Intermediate::AsOnTheCard) {
    const Handle<X509_STORE> store(X509_STORE_new());
    const Handle<X509_CRL> crl(
        PEM_read_bio_X509_CRL(open(manifest.ca.crl).get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(store.get(), certificate(manifest.ca.certificate).get());
    X509_STORE_add_crl(store.get(), crl.get());
    const fs::path place = entry.certificate.parent_path();
    const auto others = untrusted(place / "issuer.pem", intermediate);
    if (fs::exists(folder / place / "crl.pem")) {
      const Handle<X509_CRL> second(
          PEM_read_bio_X509_CRL(open(place / "crl.pem").get(), nullptr, nullptr, nullptr));
      X509_STORE_add_crl(store.get(), second.get());
    }
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store.get()), 1);
    X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_X509_STRICT);
    X509_STORE_set_purpose(store.get(), purpose);
    const Handle<X509> leaf = certificate(entry.certificate);
    const Handle<X509_STORE_CTX> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), others.get());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
  }

  static inline std::unique_ptr<TempFolder> parent;
  static inline fs::path folder;
  static inline Manifest manifest;
  static inline std::vector<std::string> progress;
};

TEST_F(SoftCards, TheManifestOnDiskIsTheOneReturned) {
  const auto found = find_soft_cards(folder);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, manifest);
  EXPECT_THAT(parent->names(), ElementsAre("set")) << "nothing else is left";
}

TEST_F(SoftCards, HoldACardForEachSubjectAndDefect) {
  std::vector<std::string> places;
  places.reserve(manifest.cards.size());
  for (const CardEntry& card : manifest.cards) places.push_back(card.folder);
  EXPECT_THAT(
      places,
      ElementsAre("cards/alice-adams/nssdb", "cards/bob-brown/nssdb", "bad/expired/nssdb",
                  "bad/not-yet-valid/nssdb", "bad/revoked/nssdb", "bad/self-signed/nssdb",
                  "bad/wrong-key-usage/nssdb", "bad/wrong-issuer/nssdb", "bad/weak-hash/nssdb",
                  "bad/name-constraint/nssdb", "bad/wrong-upn/nssdb", "bad/missing-eku/nssdb",
                  "bad/crl-expired/nssdb", "bad/intermediate-missing/nssdb"));
}

TEST_F(SoftCards, ProgressCountsEveryKey) {
  ASSERT_EQ(progress.size(), 23U);  // CA, two cards of three, twelve bad identities, four more CAs
  EXPECT_THAT(progress.front(), HasSubstr("RSA-2048 key 1 of 23"));
  EXPECT_THAT(progress.back(), HasSubstr("23 of 23"));
}

TEST_F(SoftCards, GoodCertificatesAreAccepted) {
  for (const char* name : {"alice-adams", "bob-brown"}) {
    const auto& certificates = card(name).certificates;
    EXPECT_EQ(verify(certificates[0]), X509_V_OK);
    EXPECT_EQ(verify(certificates[1], X509_PURPOSE_SMIME_SIGN), X509_V_OK);
    EXPECT_EQ(verify(certificates[2], X509_PURPOSE_SMIME_ENCRYPT), X509_V_OK);
  }
}

TEST_F(SoftCards, EachBadIdentityIsRefusedForItsReason) {
  const std::map<std::string, int> reasons{
      {"expired", X509_V_ERR_CERT_HAS_EXPIRED},
      {"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID},
      {"revoked", X509_V_ERR_CERT_REVOKED},
      {"self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
      {"wrong-key-usage", X509_V_ERR_INVALID_PURPOSE},
      {"wrong-issuer", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
      {"weak-hash", X509_V_ERR_CA_MD_TOO_WEAK},
      {"name-constraint", X509_V_ERR_PERMITTED_VIOLATION},
      {"wrong-upn", X509_V_OK},  // who it names is another matter
      {"missing-eku", X509_V_ERR_INVALID_PURPOSE},
      {"crl-expired", X509_V_ERR_CRL_HAS_EXPIRED},
      {"intermediate-missing", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}};
  ASSERT_EQ(reasons.size(), kDefects.size());
  for (const auto& [name, reason] : reasons) {
    const CardEntry& bad = card(name);
    EXPECT_EQ(bad.defect, name);
    EXPECT_EQ(verify(bad.certificates[0]), reason) << name;
    EXPECT_EQ(verify(bad.certificates[1], X509_PURPOSE_SMIME_SIGN), X509_V_OK) << name;
  }
}

TEST_F(SoftCards, AnIdentityIsGoodOnceItsIntermediateIsThere) {
  EXPECT_EQ(verify(card("intermediate-missing").certificates[0], X509_PURPOSE_SSL_CLIENT,
                   Intermediate::Given),
            X509_V_OK);
}

TEST_F(SoftCards, AWrongUpnIsInBothNames) {
  const auto good = other_names(certificate(card("alice-adams").certificates[0].certificate).get());
  const auto bad = other_names(certificate(card("wrong-upn").certificates[0].certificate).get());
  ASSERT_EQ(bad.size(), 2U);
  for (const auto& [type, value] : good) EXPECT_NE(bad.at(type), value) << type;
}

TEST_F(SoftCards, KeyUsagesAreThoseOfACac) {
  const std::vector<std::uint32_t> usages{
      KU_DIGITAL_SIGNATURE, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, KU_KEY_ENCIPHERMENT};
  const auto& certificates = card("alice-adams").certificates;
  for (std::size_t i = 0; i < usages.size(); ++i) {
    const Handle<X509> made = certificate(certificates[i].certificate);
    EXPECT_EQ(X509_get_key_usage(made.get()), usages[i]) << certificates[i].nickname;
    EXPECT_EQ(X509_check_ca(made.get()), 0);
  }
  const Handle<X509> identity = certificate(certificates[0].certificate);
  EXPECT_EQ(
      extended_key_usages(identity.get()),
      (std::vector<std::string>{"1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2", "1.3.6.1.5.2.3.4"}))
      << "TLS client, Microsoft's smart card logon, Kerberos";
  const Handle<X509> signing = certificate(certificates[1].certificate);
  EXPECT_EQ(extended_key_usages(signing.get()),
            (std::vector<std::string>{"1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.3"}))
      << "mail, code";
  EXPECT_EQ(X509_check_email(identity.get(), "alice@corp.test", 0, 0), 1);
  const Handle<X509> ca = certificate(manifest.ca.certificate);
  EXPECT_EQ(X509_get_key_usage(ca.get()), std::uint32_t{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
  EXPECT_EQ(X509_check_ca(ca.get()), 1);
}

/// DER of a KRB5PrincipalName, RFC 4556 §3.2.2.
const std::vector<std::uint8_t> kBobsPrincipal{
    0x30, 0x1f,                                                  // SEQUENCE
    0xa0, 0x0b,                                                  // [0] realm
    0x1b, 0x09, 'C',  'O',  'R',  'P', '.', 'T', 'E', 'S', 'T',  // GeneralString
    0xa1, 0x10,                                                  // [1] principalName
    0x30, 0x0e,                                                  // SEQUENCE
    0xa0, 0x03, 0x02, 0x01, 0x01,                                // [0] name-type: NT-PRINCIPAL
    0xa1, 0x07, 0x30, 0x05,                                      // [1] name-string: SEQUENCE OF
    0x1b, 0x03, 'b',  'o',  'b'};                                // GeneralString

TEST_F(SoftCards, IdentitiesNameAPrincipal) {
  const auto names = other_names(certificate(card("bob-brown").certificates[0].certificate).get());
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names.at("1.3.6.1.5.2.2"), kBobsPrincipal);
  const std::string_view upn = "bob@CORP.TEST";
  std::vector<std::uint8_t> expected{0x0c, static_cast<std::uint8_t>(upn.size())};  // UTF8String
  expected.insert(expected.end(), upn.begin(), upn.end());
  EXPECT_EQ(names.at("1.3.6.1.4.1.311.20.2.3"), expected);
}

TEST_F(SoftCards, KeysAndPkcs12FilesBelongToTheCertificates) {
  for (const CardEntry& card : manifest.cards) {
    for (const CertificateEntry& entry : card.certificates) {
      const Handle<X509> made = certificate(entry.certificate);
      EXPECT_EQ(X509_check_private_key(made.get(), private_key(entry.key).get()), 1) << entry.key;
      const Handle<PKCS12> pkcs12(d2i_PKCS12_bio(open(entry.pkcs12).get(), nullptr));
      EVP_PKEY* key = nullptr;
      X509* same = nullptr;
      EXPECT_EQ(PKCS12_parse(pkcs12.get(), "wrong", &key, &same, nullptr), 0);
      ASSERT_EQ(PKCS12_parse(pkcs12.get(), "12345678", &key, &same, nullptr), 1) << entry.pkcs12;
      const Handle<EVP_PKEY> key_handle(key);
      const Handle<X509> same_handle(same);
      EXPECT_EQ(X509_cmp(made.get(), same), 0);
      EXPECT_EQ(X509_check_private_key(made.get(), key), 1);
    }
  }
}

TEST_F(SoftCards, SecretsAreForTheirOwnerAlone) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string folder_name = entry.path().parent_path().filename();
    if (folder_name != "private" && folder_name != "nssdb") continue;
    struct stat file{};
    struct stat in{};
    ASSERT_EQ(::stat(entry.path().c_str(), &file), 0);
    ASSERT_EQ(::stat(entry.path().parent_path().c_str(), &in), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0600U) << entry.path();
    EXPECT_EQ(in.st_mode & 0777U, 0700U) << entry.path();
  }
}

/// An NSS database, opened as libcacard does.
class Database {
 public:
  explicit Database(const fs::path& folder)
      : context_(NSS_InitContext(("sql:" + folder.string()).c_str(), "", "", "", nullptr,
                                 NSS_INIT_READONLY)),
        slot_(context_ != nullptr ? PK11_GetInternalKeySlot() : nullptr) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    slot_.reset();
    EXPECT_EQ(NSS_ShutdownContext(context_), SECSuccess);
  }

  PK11SlotInfo* slot() const { return slot_.get(); }
  SECStatus log_in(const char* pin) const { return PK11_CheckUserPassword(slot(), pin); }

  static Handle<CERTCertificate> find(const std::string& nickname) {
    return Handle<CERTCertificate>(PK11_FindCertFromNickname(nickname.c_str(), nullptr));
  }

  /// The raw RSA operation by which libcacard signs and decrypts.
  std::vector<unsigned char> use_key(const std::string& nickname,
                                     const std::vector<unsigned char>& block) const {
    const Handle<CERTCertificate> certificate = find(nickname);
    if (!certificate) return {};
    const Handle<SECKEYPrivateKey> key(
        PK11_FindPrivateKeyFromCert(slot(), certificate.get(), nullptr));
    std::vector<unsigned char> out(block.size());
    unsigned int size = 0;
    if (!key ||
        PK11_PrivDecryptRaw(key.get(), out.data(), &size, static_cast<unsigned int>(out.size()),
                            block.data(), static_cast<unsigned int>(block.size())) != SECSuccess) {
      return {};
    }
    out.resize(size);
    return out;
  }

 private:
  NSSInitContext* context_;
  Handle<PK11SlotInfo> slot_;
};

std::vector<unsigned char> with_public_key(X509* certificate,
                                           const std::vector<unsigned char>& block) {
  const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(X509_get0_pubkey(certificate), nullptr));
  std::vector<unsigned char> out(block.size());
  std::size_t size = out.size();
  EXPECT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_encrypt(context.get(), out.data(), &size, block.data(), block.size()), 1);
  return out;
}

TEST_F(SoftCards, TheirDatabasesOpenWithThePinAndUseTheKeys) {
  const std::vector<unsigned char> block(256, 0x01);  // RSA-2048, less than the modulus
  for (const CardEntry& card : manifest.cards) {
    const Database database(folder / card.folder);
    ASSERT_NE(database.slot(), nullptr) << card.folder;
    EXPECT_NE(database.log_in("87654321"), SECSuccess);
    EXPECT_EQ(PORT_GetError(), SEC_ERROR_BAD_PASSWORD);
    EXPECT_THAT(database.use_key("id", block), IsEmpty()) << "without the PIN";
    ASSERT_EQ(database.log_in("12345678"), SECSuccess);
    for (const CertificateEntry& entry : card.certificates) {
      const auto signature = database.use_key(entry.nickname, block);
      EXPECT_EQ(with_public_key(certificate(entry.certificate).get(), signature), block)
          << card.name << " " << entry.nickname;
    }
  }
}

TEST_F(SoftCards, TheirDatabasesTrustTheCa) {
  const Database database(folder / manifest.cards[0].folder);
  const auto ca = Database::find("ca");
  ASSERT_TRUE(ca);
  CERTCertTrust trust{};
  ASSERT_EQ(CERT_GetCertTrust(ca.get(), &trust), SECSuccess);
  EXPECT_NE(trust.sslFlags & CERTDB_TRUSTED_CLIENT_CA, 0U);
  EXPECT_NE(trust.sslFlags & CERTDB_TRUSTED_CA, 0U);
}

}  // namespace
}  // namespace vscard::certs_test
