#include "cards/libcacard/fitness.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

namespace vscard::cards::libcacard {
namespace {

std::string date_of(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::optional<std::string> trouble_with_key(const PublicKey& key) {
  using enum PublicKey::Kind;
  switch (key.kind) {
    case Ec:
      return "OpenSC has no private key for an EC key on this kind of card; use an RSA key";
    case RsaPss:
      return "OpenSC shows nothing of an RSA-PSS key on this kind of card; use a plain RSA key";
    case Other:
      return "this kind of card can use RSA keys alone; use an RSA key";
    case Rsa:
      if (key.bits <= kMaxRsaBitsForOpensc) return std::nullopt;
      return fmt::format(
          "OpenSC cannot use an RSA key of more than {} bits on this kind of card; "
          "use RSA 2048 or 3072",
          kMaxRsaBitsForOpensc);
  }
  return std::nullopt;
}

std::optional<std::string> trouble_with_time(const Certificate& certificate,
                                             std::chrono::sys_seconds now) {
  if (now < certificate.not_before) {
    return "it is not valid before " + date_of(certificate.not_before) +
           "; check this machine's clock";
  }
  if (now <= certificate.not_after) return std::nullopt;
  return "it expired on " + date_of(certificate.not_after) + "; renew it";
}

std::optional<std::string> trouble_with_size(std::size_t size) {
  if (size <= kMaxSizeForOpensc) return std::nullopt;
  return fmt::format(
      "it has {} bytes, and OpenSC reads at most {} on this kind of card; have it issued with "
      "fewer "
      "or shorter extensions",
      size, kMaxSizeForOpensc);
}

}  // namespace

std::string place_name(std::size_t place) {
  constexpr std::array kNames{"identity", "signing", "encryption"};
  return place < kNames.size() ? kNames.at(place) : fmt::format("certificate {}", place + 1);
}

std::string describe(const Certificate& certificate) {
  return fmt::format("{}, {}, valid until {}", certificate.subject, certificate.key.name,
                     date_of(certificate.not_after));
}

bool is_valid_at(const Certificate& certificate, std::chrono::sys_seconds now) {
  return certificate.not_before <= now && now <= certificate.not_after;
}

std::vector<std::string> troubles_of(const Certificate& certificate, std::chrono::sys_seconds now) {
  std::vector<std::string> troubles;
  const auto add = [&](std::optional<std::string> trouble) {
    if (trouble) troubles.push_back(*std::move(trouble));
  };
  if (certificate.authority)
    add("it is the certificate of a CA, which is not for a card; use one of a person");
  if (certificate.key_presence == KeyPresence::Missing) {
    add("its key is not there; import both from one file: pk12util -i FILE.p12 -d sql:DIR");
  }
  add(trouble_with_key(certificate.key));
  add(trouble_with_time(certificate, now));
  add(trouble_with_size(certificate.size));
  return troubles;
}

std::vector<std::string> troubles_at(std::size_t place, const Certificate& certificate,
                                     std::chrono::sys_seconds now) {
  auto troubles = troubles_of(certificate, now);
  if (place == 0 && !certificate.usages.signature) {
    troubles.emplace_back(
        "its key usage allows no login (digitalSignature is missing); name the certificates in the "
        "order identity, signing, encryption");
  }
  return troubles;
}

}  // namespace vscard::cards::libcacard
