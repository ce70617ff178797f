#include "pcsc-bridge/serve/own_kinds.hpp"

#include <algorithm>
#include <array>

namespace vscard::pcsc_bridge::serve {
namespace {

using cards::KindEntry;

/// In one process all of libcacard's cards come from its one start.
constexpr std::array kTable{
    KindEntry{&cards::own::kOwn, nullptr, cards::own::become_piv_card},
    KindEntry{&cards::files::kFiles, cards::files::open},
    KindEntry{&cards::piv::kPiv, cards::piv::open},
    KindEntry{&cards::pkcs11::kPkcs11, cards::pkcs11::open},
    KindEntry{&cards::pcsc::kPcsc, cards::pcsc::open},
    KindEntry{&cards::vpcd::kVpcd, cards::vpcd::open},
    KindEntry{&cards::replay::kReplay, cards::replay::open},
};

bool has(const cards::CardSpec& card) {
  if (card.kind == &cards::own::kOwn) return cards::own::is_piv_card();
  return std::ranges::find(kTable, card.kind, &KindEntry::kind) != kTable.end() &&
         !cards::files::is_cac(card);
}

constexpr OwnKinds kOwnKinds{.table = kTable, .has = has};

}  // namespace

const OwnKinds& own_kinds() { return kOwnKinds; }

}  // namespace vscard::pcsc_bridge::serve
