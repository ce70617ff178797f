#include "cards/files/cac.hpp"

#include "cards/certificates/order.hpp"

namespace vscard::cards::files {
namespace {

constexpr int kMaxRsaBits = 3072;    ///< CAC driver of OpenSC to 0.27.1
constexpr std::size_t kMaxKeys = 3;  ///< a CAC's: identity, signing, encryption

bool fits(const EVP_PKEY& key) {
  return EVP_PKEY_get_base_id(&key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(&key) <= kMaxRsaBits;
}

}  // namespace

std::vector<const Identity*> fit_for_cac(const std::vector<Identity>& identities,
                                         std::chrono::sys_seconds now,
                                         std::vector<std::string>& lines) {
  const auto leave_out = [&](const Identity& it, const char* why) {
    lines.push_back("the key of " + subject_of(*it.certificate) + " (" + kind_of(*it.key) +
                    ") is left out: " + why);
  };
  std::vector<const Identity*> able;
  std::vector<certificates::Candidate> candidates;
  for (const Identity& it : identities) {
    if (!fits(*it.key)) {
      leave_out(it,
                "programs use only RSA keys of at most 3072 bits on a CAC; as=piv also has P-256 "
                "and P-384");
      continue;
    }
    able.push_back(&it);
    candidates.push_back(certificates::candidate_of(*it.certificate, now));
  }
  std::vector<const Identity*> fit;
  for (const auto& placed : certificates::by_usage(candidates)) {
    if (fit.size() < kMaxKeys) {
      fit.push_back(able[placed.index]);
    } else {
      leave_out(*able[placed.index], "a CAC has three keys; as=piv has more");
    }
  }
  return fit;
}

}  // namespace vscard::cards::files
