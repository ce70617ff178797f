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

/// Where a certificate is on a card of the CAC kind, from 0.
std::string place_name(std::size_t place);

/// "Eva Person, RSA 2048, valid until 2027-01-31".
std::string describe(const Certificate& certificate);

bool is_valid_at(const Certificate& certificate, std::chrono::sys_seconds now);

/// Why it cannot work and what helps, a line each; none where it works at any place of a card.
std::vector<std::string> troubles_of(const Certificate& certificate, std::chrono::sys_seconds now);
/// The same, and what is wrong at this place.
std::vector<std::string> troubles_at(std::size_t place, const Certificate& certificate,
                                     std::chrono::sys_seconds now);

}  // namespace vscard::cards::libcacard
