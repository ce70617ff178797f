// Private keys from their numbers.

#include "cards/piv/key_pair.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <utility>

namespace vscard::cards::piv {
namespace {

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, OpensslFree<OSSL_PARAM_free>>;
using Group = std::unique_ptr<EC_GROUP, OpensslFree<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, OpensslFree<EC_POINT_free>>;

constexpr BN_ULONG kExponent = 65537;

BigNumber number() {
  BigNumber made(BN_secure_new());
  require(made != nullptr, "memory");
  BN_set_flags(made.get(), BN_FLG_CONSTTIME);
  return made;
}

BigNumber number(Bytes bytes) {
  BigNumber made = number();
  require(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), made.get()) != nullptr, "memory");
  return made;
}

/// Everything that follows from the primes.
struct RsaNumbers {
  BigNumber p, q;
  BigNumber n = number(), e = number(), d = number();
  BigNumber dp = number(), dq = number(), inverse = number();

  RsaNumbers(Bytes p_bytes, Bytes q_bytes) : p(number(p_bytes)), q(number(q_bytes)) {}

  bool complete() const {
    const BigNumberContext context(BN_CTX_secure_new());
    const BigNumber p1 = number();
    const BigNumber q1 = number();
    const BigNumber phi = number();
    BN_CTX* const in = context.get();
    return in != nullptr && BN_set_word(e.get(), kExponent) == 1 &&
           BN_mul(n.get(), p.get(), q.get(), in) == 1 &&
           BN_sub(p1.get(), p.get(), BN_value_one()) == 1 &&
           BN_sub(q1.get(), q.get(), BN_value_one()) == 1 &&
           BN_mul(phi.get(), p1.get(), q1.get(), in) == 1 &&
           BN_mod_inverse(d.get(), e.get(), phi.get(), in) != nullptr &&
           BN_mod(dp.get(), d.get(), p1.get(), in) == 1 &&
           BN_mod(dq.get(), d.get(), q1.get(), in) == 1 &&
           BN_mod_inverse(inverse.get(), q.get(), p.get(), in) != nullptr;
  }
};

Pkey from_params(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    ERR_clear_error();
  }
  return Pkey(made);
}

Pkey from_numbers(const RsaNumbers& rsa) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  require(builder != nullptr, "memory");
  for (const auto& [name, value] : {std::pair{OSSL_PKEY_PARAM_RSA_N, rsa.n.get()},
                                    {OSSL_PKEY_PARAM_RSA_E, rsa.e.get()},
                                    {OSSL_PKEY_PARAM_RSA_D, rsa.d.get()},
                                    {OSSL_PKEY_PARAM_RSA_FACTOR1, rsa.p.get()},
                                    {OSSL_PKEY_PARAM_RSA_FACTOR2, rsa.q.get()},
                                    {OSSL_PKEY_PARAM_RSA_EXPONENT1, rsa.dp.get()},
                                    {OSSL_PKEY_PARAM_RSA_EXPONENT2, rsa.dq.get()},
                                    {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, rsa.inverse.get()}}) {
    require(OSSL_PARAM_BLD_push_BN(builder.get(), name, value) == 1, "memory");
  }
  return from_params("RSA", builder.get());
}

/// Of a private key whose numbers belong together. Looks whether p and q are prime.
Pkey checked(Pkey key) {
  if (!key) return key;
  const PkeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (context && EVP_PKEY_check(context.get()) == 1) return key;
  ERR_clear_error();
  return {};
}

bool is_same(const BigNumber& own, Bytes given) {
  return BN_cmp(own.get(), number(given).get()) == 0;
}

std::vector<std::uint8_t> encoded(const EC_GROUP* group, const EC_POINT* point) {
  std::vector<std::uint8_t> bytes(
      EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, nullptr, 0, nullptr));
  require(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes.data(),
                             bytes.size(), nullptr) == bytes.size(),
          "a point");
  return bytes;
}

}  // namespace

Pkey import_rsa(Algorithm algorithm, const RsaParts& parts) {
  const std::size_t half = size_of(algorithm) / 2;
  for (const Bytes part : parts) {
    if (part.size() != half) return {};
  }
  const RsaNumbers rsa(parts[0], parts[1]);
  if (!rsa.complete() || BN_num_bits(rsa.n.get()) != static_cast<int>(size_of(algorithm) * 8) ||
      !is_same(rsa.dp, parts[2]) || !is_same(rsa.dq, parts[3]) || !is_same(rsa.inverse, parts[4])) {
    ERR_clear_error();
    return {};
  }
  return checked(from_numbers(rsa));
}

Pkey import_ecc(Algorithm algorithm, Bytes scalar) {
  if (scalar.size() != size_of(algorithm)) return {};
  const bool p256 = algorithm == Algorithm::EccP256;
  const Group group(EC_GROUP_new_by_curve_name(p256 ? NID_X9_62_prime256v1 : NID_secp384r1));
  require(group != nullptr, "a curve");
  const BigNumber value = number(scalar);
  const Point point(EC_POINT_new(group.get()));
  if (BN_is_zero(value.get()) == 1 || BN_cmp(value.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return {};
  }
  require(
      point && EC_POINT_mul(group.get(), point.get(), value.get(), nullptr, nullptr, nullptr) == 1,
      "a point");
  const auto bytes = encoded(group.get(), point.get());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  require(builder &&
              OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                              p256 ? "P-256" : "P-384", 0) == 1 &&
              OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, bytes.data(),
                                               bytes.size()) == 1 &&
              OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, value.get()) == 1,
          "memory");
  return from_params("EC", builder.get());
}

}  // namespace vscard::cards::piv
