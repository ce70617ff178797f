#pragma once

#include "cards/libcacard/certificate.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

/// What a guest can do with the certificates of a card.
namespace vscard::cards::libcacard {

inline constexpr std::size_t kMaxCertificates = 10;     ///< libcacard; with more the card is empty
inline constexpr std::size_t kMaxSize = 65534;          ///< bytes, libcacard; likewise
inline constexpr std::size_t kMaxSizeForOpensc = 4095;  ///< bytes, CAC driver of OpenSC to 0.27.1
inline constexpr unsigned kMaxRsaBitsForOpensc = 3072;  ///< likewise

/// What the certificate is to a guest that finds it at this place, from 0, of a card of the CAC
/// kind: "identity", "certificate 4".
std::string place_name(std::size_t place, const Usages& usages);

/// "Eva Person, RSA 2048, valid until 2027-01-31".
std::string describe(const Certificate& certificate);

/// Why it works at no place of a card, whatever the day, and what helps: a line each.
std::vector<std::string> defects_of(const Certificate& certificate);
/// The same, and what is wrong today and at this place.
std::vector<std::string> troubles_at(std::size_t place, const Certificate& certificate,
                                     std::chrono::sys_seconds now);

}  // namespace vscard::cards::libcacard
