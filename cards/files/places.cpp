#include "cards/files/places.hpp"

#include "cards/certificates/order.hpp"
#include "cards/piv/fitness.hpp"

#include <optional>
#include <utility>

namespace vscard::cards::files {
namespace {

using certificates::Role;
using certificates::Usages;

std::string about(const Identity& it) {
  return "the key of " + subject_of(*it.certificate) + " (" + kind_of(*it.key) + ")";
}

/// The usual slot of what it is for, else one of those for earlier keys, which programs let decrypt
/// alone.
class Slots {
 public:
  std::optional<piv::Slot> take(Role role, const Usages& usages) {
    switch (role) {
      case Role::Identity:
        return piv::Slot::Authentication;
      case Role::Signing:
        return piv::Slot::Signature;
      case Role::Encryption:
        decrypts_ = true;
        return piv::Slot::KeyManagement;
      case Role::Other:
        break;
    }
    if (usages.signature && !std::exchange(decrypts_, true)) return piv::Slot::KeyManagement;
    if (retired_ == piv::kRetiredSlots) return std::nullopt;
    return piv::retired_slot(retired_++);
  }

 private:
  bool decrypts_ = false;  ///< 9D is taken
  unsigned retired_ = 0;
};

std::vector<const Identity*> fitting(const std::vector<Identity>& identities,
                                     std::vector<std::string>& lines) {
  std::vector<const Identity*> fitting;
  for (const Identity& it : identities) {
    if (const auto why = piv::unfit(*it.certificate, *it.key)) {
      lines.push_back(about(it) + " is left out: " + *why);
    } else {
      fitting.push_back(&it);
    }
  }
  return fitting;
}

}  // namespace

std::vector<Place> places_of(const std::vector<Identity>& identities, std::chrono::sys_seconds now,
                             std::vector<std::string>& lines) {
  const auto shown = fitting(identities, lines);
  std::vector<certificates::Candidate> candidates;
  for (const Identity* it : shown) {
    candidates.push_back(certificates::candidate_of(*it->certificate, now));
  }
  std::vector<Place> places;
  Slots slots;
  for (const auto& placed : certificates::by_usage(candidates)) {
    const Identity& it = *shown[placed.index];
    if (const auto slot = slots.take(placed.role, candidates[placed.index].usages)) {
      places.push_back({.slot = *slot, .identity = &it});
    } else {
      lines.push_back(about(it) + " is left out: the card is full");
    }
  }
  return places;
}

}  // namespace vscard::cards::files
