// Certificates and revocation lists as OpenSSL reads them again, and what is said when one cannot
// be made.

#include "certs-test/x509.hpp"

#include "certs-test/encoding.hpp"
#include "certs-test/pin.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <string>

namespace vscard::certs_test {
namespace {

using protocol::SecretBytes;
using std::chrono::seconds;

constexpr Validity kValidity{.from = std::chrono::sys_seconds(seconds(1'795'780'800)),
                             .to = std::chrono::sys_seconds(seconds(1'800'000'000))};

Profile profile(const std::string& name) {
  return {.common_name = name,
          .validity = kValidity,
          .key_usage = {"digitalSignature"},
          .extended_key_usage = {},
          .alternative_names = {"email:alice@corp.test"},
          .sections = {}};
}

/// One key for all: to make one takes a while.
Key shared_key() {
  static const Key key = make_key(KeyKind::Rsa2048, {}).value();
  EVP_PKEY_up_ref(key.get());
  return Key(key.get());
}
const Credential& authority() {
  static const Credential made = [] {
    Profile says = profile("Test CA");
    says.authority = true;
    says.key_usage = {"keyCertSign", "cRLSign"};
    return self_sign(std::move(says), shared_key()).value();
  }();
  return made;
}
Credential alice() { return issue(profile("Alice"), shared_key(), authority()).value(); }

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
BioPtr reader(const SecretBytes& bytes) {
  BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  BIO_write(bio.get(), bytes.view().data(), static_cast<int>(bytes.size()));
  return bio;
}

TEST(X509, IsSignedByItsIssuerAlone) {
  const Credential made = alice();
  EXPECT_EQ(X509_verify(made.certificate.get(), authority().key.get()), 1);
  EXPECT_EQ(X509_check_issued(authority().certificate.get(), made.certificate.get()), X509_V_OK);
  EXPECT_NE(X509_check_issued(made.certificate.get(), made.certificate.get()), X509_V_OK);
  EXPECT_EQ(X509_check_ca(authority().certificate.get()), 1);
  EXPECT_EQ(X509_check_ca(made.certificate.get()), 0);
  EXPECT_EQ(X509_check_email(made.certificate.get(), "alice@corp.test", 0, 0), 1);
}

TEST(X509, HasASerialNumberOf16BytesThatIsAnotherEachTime) {
  const std::string first = serial_of(*alice().certificate);
  const std::string second = serial_of(*alice().certificate);
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(first.find_first_not_of("0123456789ABCDEF"), std::string::npos);
  EXPECT_LT(first.at(0), '8') << "it is not negative";
  EXPECT_NE(first, second);
}

TEST(X509, IsReadAgainAsItWasMade) {
  const Credential made = alice();
  const auto pem = reader(to_pem(*made.certificate).value());
  const Certificate from_pem(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  ASSERT_TRUE(from_pem);
  EXPECT_EQ(X509_cmp(from_pem.get(), made.certificate.get()), 0);
  const auto der = reader(to_der(*made.certificate).value());
  const Certificate from_der(d2i_X509_bio(der.get(), nullptr));
  ASSERT_TRUE(from_der);
  EXPECT_EQ(X509_cmp(from_der.get(), made.certificate.get()), 0);
}

TEST(X509, KeysAreReadAgainWithoutAPassword) {
  const Key key = shared_key();
  const auto pem = reader(to_pem(*key).value());
  const Key from_pem(PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr));
  ASSERT_TRUE(from_pem);
  EXPECT_EQ(EVP_PKEY_eq(from_pem.get(), key.get()), 1);
  const auto der = reader(to_der(*key).value());
  const Key from_der(d2i_PrivateKey_bio(der.get(), nullptr));
  ASSERT_TRUE(from_der);
  EXPECT_EQ(EVP_PKEY_eq(from_der.get(), key.get()), 1);
}

TEST(X509, Pkcs12OpensWithItsPasswordAlone) {
  const Credential made = alice();
  const std::array<X509*, 1> chain_of_alice{authority().certificate.get()};
  const SecretBytes file = to_pkcs12(made, "id", chain_of_alice, default_pin()).value();
  const auto bio = reader(file);
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> pkcs12(d2i_PKCS12_bio(bio.get(), nullptr),
                                                               PKCS12_free);
  ASSERT_TRUE(pkcs12);
  EXPECT_EQ(PKCS12_verify_mac(pkcs12.get(), "12345678", -1), 1);
  EXPECT_EQ(PKCS12_verify_mac(pkcs12.get(), "12345679", -1), 0);
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* chain = nullptr;
  ASSERT_EQ(PKCS12_parse(pkcs12.get(), "12345678", &key, &certificate, &chain), 1);
  EXPECT_EQ(EVP_PKEY_eq(key, made.key.get()), 1);
  EXPECT_EQ(X509_cmp(certificate, made.certificate.get()), 0);
  EXPECT_EQ(sk_X509_num(chain), 1);
  EVP_PKEY_free(key);
  X509_free(certificate);
  sk_X509_pop_free(chain, X509_free);
}

TEST(X509, RevocationListNamesWhatWasRevoked) {
  const Credential good = alice();
  const Credential bad = alice();
  const std::array<const X509*, 1> revoked{bad.certificate.get()};
  const Crl crl = make_crl(authority(), kValidity, revoked).value();
  EXPECT_EQ(X509_CRL_verify(crl.get(), authority().key.get()), 1);
  X509_REVOKED* entry = nullptr;
  EXPECT_EQ(X509_CRL_get0_by_cert(crl.get(), &entry, bad.certificate.get()), 1);
  EXPECT_EQ(X509_CRL_get0_by_cert(crl.get(), &entry, good.certificate.get()), 0);
  const auto der = reader(to_der(*crl).value());
  const Crl again(d2i_X509_CRL_bio(der.get(), nullptr));
  ASSERT_TRUE(again);
  EXPECT_EQ(X509_CRL_cmp(again.get(), crl.get()), 0);
}

TEST(X509, SearchForAKeyCanBeInterrupted) {
  int asked = 0;
  const auto key = make_key(KeyKind::Rsa4096, [&asked] { return ++asked > 2; });
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().text, "interrupted");
}

TEST(X509, FailuresNameTheSubjectAndOpensslsReason) {
  const auto too_long = self_sign(profile(std::string(65, 'a')), shared_key());
  ASSERT_FALSE(too_long);
  EXPECT_TRUE(too_long.error().text.starts_with("cannot make a certificate for \"aaa"));
  EXPECT_NE(too_long.error().text.find("string too long"), std::string::npos)
      << too_long.error().text;
  Profile unknown = profile("Bob");
  unknown.key_usage = {"flying"};
  const auto refused = self_sign(std::move(unknown), shared_key());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().text.starts_with("cannot make a certificate for \"Bob\": "));
  Profile incomplete = profile("Carol");
  incomplete.alternative_names = {"otherName:1.2.3;SEQUENCE:missing"};
  EXPECT_FALSE(self_sign(incomplete, shared_key()));
  incomplete.sections = "[missing";
  EXPECT_FALSE(self_sign(incomplete, shared_key()));
  EXPECT_EQ(openssl_error("nothing failed").text, "nothing failed: unknown reason")
      << "the reason was taken off the queue";
}

}  // namespace
}  // namespace vscard::certs_test
