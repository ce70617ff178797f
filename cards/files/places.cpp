#include "cards/files/places.hpp"

#include "cards/piv/key_pair.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>

namespace vscard::cards::files {
namespace {

bool only_decrypts(const X509& certificate) {
  const std::uint32_t usage = X509_get_key_usage(const_cast<X509*>(&certificate));
  return (usage & (X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_NON_REPUDIATION)) == 0 &&
         (usage & (X509v3_KU_KEY_ENCIPHERMENT | X509v3_KU_KEY_AGREEMENT)) != 0;
}

std::string about(const Identity& it) {
  return "the key of " + subject_of(*it.certificate) + " (" + kind_of(*it.key) + ")";
}

/// SP 800-78 has no RSA-4096; OpenSC lists a card's, and does not use it.
bool fits(const Identity& it) {
  const auto algorithm = piv::algorithm_of(*it.key);
  return algorithm && *algorithm != piv::Algorithm::Rsa4096;
}

class Slots {
 public:
  std::optional<piv::Slot> take(const Identity& identity) {
    using enum piv::Slot;
    constexpr std::array kAny{Authentication, Signature, KeyManagement};
    if (only_decrypts(*identity.certificate) && is_free(KeyManagement)) return take(KeyManagement);
    if (!only_decrypts(*identity.certificate)) {
      const auto* const first = std::ranges::find_if(kAny, [this](auto it) { return is_free(it); });
      if (first != kAny.end()) return take(*first);
    }
    if (retired_ == piv::kRetiredSlots) return std::nullopt;
    return piv::retired_slot(retired_++);
  }

 private:
  bool is_free(piv::Slot slot) const { return std::ranges::find(taken_, slot) == taken_.end(); }
  piv::Slot take(piv::Slot slot) {
    taken_.push_back(slot);
    return slot;
  }

  std::vector<piv::Slot> taken_;
  unsigned retired_ = 0;
};

}  // namespace

std::vector<Place> places_of(const std::vector<Identity>& identities,
                             std::vector<std::string>& lines) {
  std::vector<Place> places;
  Slots slots;
  for (const Identity& it : identities) {
    if (!fits(it)) {
      lines.push_back(about(it) +
                      " is left out: a PIV card has RSA-2048, RSA-3072, P-256 and P-384, which are "
                      "what programs use on one");
    } else if (const auto slot = slots.take(it)) {
      places.push_back({.slot = *slot, .identity = &it});
    } else {
      lines.push_back(about(it) + " is left out: the card is full");
    }
  }
  return places;
}

}  // namespace vscard::cards::files
