#include "cards/files/work.hpp"

#include "cards/files/openssl.hpp"

#include <openssl/err.h>

#include <cstdint>

namespace vscard::cards::files {
namespace {

/// A tenth of a second: 600 000 is what pk12util and certtool write, for each part of a file.
constexpr std::uint64_t kTold = 500'000;

using Pbe = std::unique_ptr<PBEPARAM, OpensslFree<PBEPARAM_free>>;
using Pbe2 = std::unique_ptr<PBE2PARAM, OpensslFree<PBE2PARAM_free>>;
using Pbkdf2 = std::unique_ptr<PBKDF2PARAM, OpensslFree<PBKDF2PARAM_free>>;

std::uint64_t value_of(const ASN1_INTEGER& integer) {
  std::uint64_t value = 0;
  return ASN1_INTEGER_get_uint64(&value, &integer) == 1 ? value : UINT64_MAX;
}

/// The parameters of an algorithm; empty: they are not of this type.
template <class Handle>
Handle parameters_of(const X509_ALGOR& algorithm, const ASN1_ITEM* item) {
  return Handle(
      static_cast<typename Handle::pointer>(ASN1_TYPE_unpack_sequence(item, algorithm.parameter)));
}

/// PKCS#5 (RFC 8018) appendix A. What has no rounds, as scrypt, OpenSSL bounds itself.
std::uint64_t rounds_of(const X509_ALGOR& algorithm) {
  const int id = OBJ_obj2nid(algorithm.algorithm);
  if (id != NID_pbes2 && id != NID_pbmac1) {  // whose parameters look alike, RFC 8018 A.5
    const auto pbe = parameters_of<Pbe>(algorithm, ASN1_ITEM_rptr(PBEPARAM));
    return pbe ? value_of(*pbe->iter) : 0;
  }
  const auto pbe2 = parameters_of<Pbe2>(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
  if (!pbe2 || OBJ_obj2nid(pbe2->keyfunc->algorithm) != NID_id_pbkdf2) return 0;
  const auto pbkdf2 = parameters_of<Pbkdf2>(*pbe2->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM));
  return pbkdf2 ? value_of(*pbkdf2->iter) : 0;
}

}  // namespace

Result<> Work::take(const X509_ALGOR& algorithm) {
  const std::uint64_t rounds = rounds_of(algorithm);
  ERR_clear_error();
  return take(rounds);
}

Result<> Work::take(const ASN1_INTEGER& rounds) {
  const std::uint64_t number = value_of(rounds);
  ERR_clear_error();
  return take(number);
}

Result<> Work::take(std::uint64_t rounds) {
  if (rounds > most_ || rounds_ + rounds > most_) {
    return std::unexpected("the password would be hashed more than " + std::to_string(most_) +
                           " times; export the file with fewer rounds");
  }
  const bool told = rounds_ >= kTold;
  rounds_ += rounds;
  if (!told && rounds_ >= kTold) tell_("opening it takes a while: the password is hashed often");
  return {};
}

}  // namespace vscard::cards::files
