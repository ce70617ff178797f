#include "cards/files/cac.hpp"

#include "tests/cards/certificates/made.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

namespace vscard::cards::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The names are what matters: nothing is signed.
Identity identity(const char* name, Key key) {
  Certificate certificate(X509_new());
  // NOLINTNEXTLINE: OpenSSL's characters
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return {.key = std::move(key), .certificate = std::move(certificate)};
}
/// A public key, whose modulus is no product of primes: to find those takes seconds.
Key rsa(int bits) {
  const std::unique_ptr<BIGNUM, OpensslFree<BN_free>> modulus(BN_new());
  BN_set_bit(modulus.get(), bits - 1);
  BN_set_bit(modulus.get(), 0);
  const std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>> builder(
      OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_uint(builder.get(), OSSL_PKEY_PARAM_RSA_E, 65537);
  const std::unique_ptr<OSSL_PARAM, OpensslFree<OSSL_PARAM_free>> parameters(
      OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  return Key(key);
}
Key ec() { return Key(EVP_EC_gen("P-256")); }

std::vector<std::string> names(const std::vector<const Identity*>& identities) {
  std::vector<std::string> names;
  for (const Identity* it : identities) names.push_back(subject_of(*it->certificate));
  return names;
}

TEST(FitForCac, AreThreeRsaKeysInTheirOrder) {
  std::vector<Identity> all;
  all.push_back(identity("ec", ec()));
  for (const char* name : {"a", "b", "c", "d"}) all.push_back(identity(name, rsa(1024)));
  std::vector<std::string> lines;
  EXPECT_THAT(names(fit_for_cac(all, {}, lines)), ElementsAre("CN=a", "CN=b", "CN=c"));
  EXPECT_THAT(lines,
              ElementsAre("the key of CN=ec (P-256) is left out: programs use only RSA keys of at "
                          "most 3072 bits on a CAC; as=piv also has P-256 and P-384",
                          "the key of CN=d (RSA-1024) is left out: a CAC has three keys; as=piv "
                          "has more"));
}

TEST(FitForCac, AreChosenByWhatTheyAreFor) {
  std::vector<Identity> all;
  for (const char* name : {"a", "b", "c"}) all.push_back(identity(name, rsa(1024)));
  auto& login = all.emplace_back(identity("login", rsa(1024)));
  login.certificate = Certificate(
      test::make_certificate({.name = "login", .extensions = {{"extendedKeyUsage", "clientAuth"}}})
          .release());
  std::vector<std::string> lines;
  EXPECT_THAT(names(fit_for_cac(all, {}, lines)), ElementsAre("CN=login", "CN=a", "CN=b"));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("the key of CN=c (RSA-1024) is left out: a CAC has")));
}

TEST(FitForCac, HaveAtMost3072Bits) {
  std::vector<Identity> all;
  all.push_back(identity("most", rsa(3072)));
  all.push_back(identity("more", rsa(3080)));
  std::vector<std::string> lines;
  EXPECT_THAT(names(fit_for_cac(all, {}, lines)), ElementsAre("CN=most"));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("CN=more (RSA-3080) is left out")));
}

TEST(FitForCac, MayBeNone) {
  std::vector<std::string> lines;
  EXPECT_THAT(fit_for_cac({}, {}, lines), IsEmpty());
  EXPECT_THAT(lines, IsEmpty());
}

}  // namespace
}  // namespace vscard::cards::files
