#include "cards/piv/fitness.hpp"

#include "cards/certificates/order.hpp"
#include "cards/certificates/x509.hpp"
#include "cards/piv/contents.hpp"
#include "cards/piv/key_pair.hpp"
#include "cards/piv/objects.hpp"
#include "cards/piv/tlv.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace vscard::cards::piv {
namespace {

/// "9A" and so on.
std::string name_of(Slot slot) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto number = static_cast<std::uint8_t>(slot);
  return {kDigits[number >> 4], kDigits[number & 0xf]};
}

std::size_t size_of(const X509& certificate) {
  return static_cast<std::size_t>(std::max(i2d_X509(&certificate, nullptr), 0));
}

std::optional<std::string> trouble_with_size(std::size_t size, std::size_t limit, const char* who) {
  if (size <= limit) return std::nullopt;
  return "its certificate has " + std::to_string(size) + " bytes, and " + who + " at most " +
         std::to_string(limit) + "; have it issued with fewer or shorter extensions";
}

/// Nothing: it is compressed, or not a certificate.
Certificate parsed(Bytes object) {
  TlvReader in(object);
  const auto der = in.next();
  if (!der || der->tag != kCertificateTag) return nullptr;
  const std::uint8_t* bytes = der->value.data();
  Certificate certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der->value.size())));
  ERR_clear_error();
  return certificate;
}

/// Those of people, the usual ones first.
std::vector<Slot> slots_of(const State& state) {
  std::vector<Slot> slots;
  for (const auto& [slot, key] : state.keys) {
    if (slot != Slot::Attestation) slots.push_back(slot);
  }
  std::ranges::sort(slots, {}, [](Slot slot) { return std::pair(is_retired(slot), slot); });
  return slots;
}

}  // namespace

std::optional<std::string> unfit(const X509& certificate, const EVP_PKEY& key) {
  const auto algorithm = algorithm_of(key);
  if (!algorithm || *algorithm == Algorithm::Rsa4096) {
    return "a PIV card has RSA-2048, RSA-3072, P-256 and P-384, which are what programs use on "
           "one; "
           "have a certificate issued for such a key";
  }
  return trouble_with_size(size_of(certificate), kMaxCertificate, "an object of the card has");
}

std::vector<std::string> troubles_at(Slot slot, const X509& certificate,
                                     std::chrono::sys_seconds now) {
  std::vector<std::string> troubles;
  const auto add = [&](std::optional<std::string> trouble) {
    if (trouble) troubles.push_back(*std::move(trouble));
  };
  add(certificates::trouble_with_time(certificates::validity_of(certificate), now));
  add(trouble_with_size(size_of(certificate), kMaxSizeForPivTool, "yubico-piv-tool reads"));
  if (slot == Slot::Authentication) {
    add(certificates::trouble_with_login(certificates::usages_of(certificate)));
  }
  return troubles;
}

void report(const ReportedPlace& place, const X509& certificate, const OpenOptions& options) {
  const std::string where = place.card + ": " + name_of(place.slot) + ": ";
  const EVP_PKEY* const key = X509_get0_pubkey(&certificate);
  options.tell(where + certificates::subject_of(certificate) +
               (place.name.empty() ? "" : " (" + place.name + ")") + ", " +
               (key == nullptr ? "a key of another kind" : certificates::kind_of(*key)) +
               ", valid until " +
               certificates::date_of(certificates::validity_of(certificate).until));
  for (const std::string& trouble : troubles_at(place.slot, certificate, certificates::now())) {
    options.warn(where + trouble);
  }
}

void report(const std::string& card, const State& state, const OpenOptions& options) {
  for (const Slot slot : slots_of(state)) {
    const auto object = state.objects.find(certificate_tag(slot));
    if (object == state.objects.end()) continue;
    if (const Certificate certificate = parsed(object->second)) {
      report({.card = card, .slot = slot}, *certificate, options);
    } else {
      options.tell(card + ": " + name_of(slot) + ": a certificate that cannot be read here");
    }
  }
}

}  // namespace vscard::cards::piv
