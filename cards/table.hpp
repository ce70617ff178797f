#pragma once

#include "cards/card_set.hpp"
#include "cards/files/kind.hpp"
#include "cards/kind.hpp"
#include "cards/libcacard/kinds.hpp"
#include "cards/own/kind.hpp"
#include "cards/pcsc/kind.hpp"
#include "cards/piv/kind.hpp"
#include "cards/pkcs11/kind.hpp"
#include "cards/replay/kind.hpp"
#include "cards/vpcd/kind.hpp"

#include <array>

namespace vscard::cards {

struct KindEntry {
  const Kind* kind;
  Open open;                ///< cards of all kinds that have the same are opened in one call
  Become become = nullptr;  ///< before that, where a card may become one of another kind
};

/// The kinds of cards. Only cards.cpp refers to `open`, so a program that reads --card and opens
/// nothing, as pcsc-bridge does, links none of the libraries.
inline constexpr std::array kTable{
    KindEntry{&own::kOwn, nullptr, own::become},
    KindEntry{&libcacard::kSoft, libcacard::open},
    KindEntry{&files::kFiles, files::open, files::become},
    KindEntry{&libcacard::kNss, libcacard::open},
    KindEntry{&piv::kPiv, piv::open},
    KindEntry{&pkcs11::kPkcs11, pkcs11::open},
    KindEntry{&pcsc::kPcsc, pcsc::open},
    KindEntry{&vpcd::kVpcd, vpcd::open},
    KindEntry{&replay::kReplay, replay::open},
    KindEntry{&libcacard::kLibcacard, libcacard::open},
};

}  // namespace vscard::cards
