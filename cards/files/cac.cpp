#include "cards/files/cac.hpp"

namespace vscard::cards::files {
namespace {

constexpr int kMaxRsaBits = 3072;    ///< CAC driver of OpenSC to 0.27.1
constexpr std::size_t kMaxKeys = 3;  ///< a CAC's: identity, signing, encryption

bool fits(const EVP_PKEY& key) {
  return EVP_PKEY_get_base_id(&key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(&key) <= kMaxRsaBits;
}

}  // namespace

std::vector<const Identity*> fit_for_cac(const std::vector<Identity>& identities,
                                         std::vector<std::string>& lines) {
  std::vector<const Identity*> fit;
  const auto leave_out = [&](const Identity& it, const char* why) {
    lines.push_back("the key of " + subject_of(*it.certificate) + " (" + kind_of(*it.key) +
                    ") is left out: " + why);
  };
  for (const Identity& it : identities) {
    if (!fits(*it.key)) {
      leave_out(it,
                "programs use only RSA keys of at most 3072 bits on a CAC; as=piv also has P-256 "
                "and P-384");
    } else if (fit.size() == kMaxKeys) {
      leave_out(it, "a CAC has three keys; as=piv has more");
    } else {
      fit.push_back(&it);
    }
  }
  return fit;
}

}  // namespace vscard::cards::files
