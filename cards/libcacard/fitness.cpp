#include "cards/libcacard/fitness.hpp"

#include "cards/certificates/order.hpp"

#include <fmt/format.h>

#include <optional>

namespace vscard::cards::libcacard {
namespace {

using certificates::Role;

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

std::optional<std::string> trouble_with_size(std::size_t size) {
  if (size <= kMaxSizeForOpensc) return std::nullopt;
  return fmt::format(
      "it has {} bytes, and OpenSC reads at most {} on this kind of card; have it issued with "
      "fewer "
      "or shorter extensions",
      size, kMaxSizeForOpensc);
}

}  // namespace

std::string place_name(std::size_t place, const Usages& usages) {
  switch (certificates::role_at(place, usages)) {
    case Role::Identity:
      return "identity";
    case Role::Signing:
      return "signing";
    case Role::Encryption:
      return "encryption";
    case Role::Other:
      break;
  }
  return fmt::format("certificate {}", place + 1);
}

std::string describe(const Certificate& certificate) {
  return fmt::format("{}, {}, valid until {}", certificate.subject, certificate.key.name,
                     certificates::date_of(certificate.validity.until));
}

std::vector<std::string> defects_of(const Certificate& certificate) {
  std::vector<std::string> defects;
  const auto add = [&](std::optional<std::string> defect) {
    if (defect) defects.push_back(*std::move(defect));
  };
  if (certificate.authority)
    add("it is the certificate of a CA, which is not for a card; use one of a person");
  if (certificate.key_presence == KeyPresence::Missing) {
    add("its key is not there; import both from one file: pk12util -i FILE.p12 -d sql:DIR");
  }
  add(trouble_with_key(certificate.key));
  add(trouble_with_size(certificate.size));
  return defects;
}

std::vector<std::string> troubles_at(std::size_t place, const Certificate& certificate,
                                     std::chrono::sys_seconds now) {
  auto troubles = defects_of(certificate);
  if (auto late = certificates::trouble_with_time(certificate.validity, now)) {
    troubles.push_back(*std::move(late));
  }
  const auto no_login = certificates::trouble_with_login(certificate.usages);
  if (place == 0 && no_login) {
    troubles.push_back(*no_login +
                       "; name the certificates in the order identity, signing, encryption");
  }
  return troubles;
}

}  // namespace vscard::cards::libcacard
