#pragma once

#include "cards/piv/state.hpp"
#include "protocol/bytes.hpp"

#include <array>
#include <cstdint>
#include <vector>

/// Contents of data objects, SP 800-73-4 part 1 appendix A: what is inside of 53.
namespace vscard::cards::piv {

inline constexpr std::size_t kGuid = 16;  ///< bytes
inline constexpr std::array<std::uint8_t, 11> kAid{0xa0, 0x00, 0x00, 0x03, 0x08, 0x00,
                                                   0x00, 0x10, 0x00, 0x01, 0x00};

/// CHUID: who the card is. Its last 8 bytes of the GUID are the serial number that OpenSC shows.
std::vector<std::uint8_t> chuid(Bytes guid);
/// CCC: that this is a PIV card. `id` has 14 bytes.
std::vector<std::uint8_t> capabilities(Bytes id);
/// The discovery object, whole: there is a PIN of this application alone.
std::vector<std::uint8_t> discovery();
inline constexpr std::uint16_t kCertificateTag = 0x70;  ///< in a certificate's object
/// A certificate in DER, not compressed.
std::vector<std::uint8_t> certificate_object(Bytes der);

/// Sets the objects that say who the card is. `guid` has kGuid bytes.
void set_identity(State& state, Bytes guid);

/// Makes the key history name all retired certificates. OpenSC reads as many of them, from the
/// first on, as it says.
void update_key_history(State& state);

}  // namespace vscard::cards::piv
