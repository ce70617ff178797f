#include "cards/libcacard/contents.hpp"

#include "cards/libcacard/choice.hpp"
#include "cards/libcacard/fitness.hpp"
#include "cards/libcacard/key_database.hpp"
#include "cards/libcacard/order.hpp"

#include <algorithm>

namespace vscard::cards::libcacard {
namespace {

using certificates::now;
using Certificates = std::vector<Certificate>;

/// What certutil and the URIs that tools show call an NSS database.
constexpr const char* kDatabaseLabel = "NSS Certificate DB";

/// A database hides its keys before the PIN, but not from who reads its file.
void look_for_keys(Certificates& certificates, const std::filesystem::path& database) {
  const auto keys = read_key_database(database);
  if (!keys) return;
  for (Certificate& it : certificates) {
    it.key_presence = keys->key_ids.contains(it.id) ? KeyPresence::Here : KeyPresence::Missing;
  }
}

Collection collection_of(const Contents& contents, const Token& token) {
  Collection all{.place = {}, .label = token.label(), .certificates = token.certificates()};
  if (contents.database.empty()) {
    all.place = "the token '" + all.label + "'";
    return all;
  }
  all.place = "the database in " + contents.database.string();
  all.label = kDatabaseLabel;
  look_for_keys(all.certificates, contents.database);
  return all;
}

Result<Certificates> choose_all(const Collection& from, const std::vector<std::string>& words) {
  if (words.empty()) return choose_by_usage(from, now());
  Certificates chosen;
  for (const std::string& word : words) {
    auto certificate = choose(from, word, now());
    if (!certificate) return std::unexpected(certificate.error());
    const auto twice = std::ranges::find(chosen, certificate->sha256, &Certificate::sha256);
    if (twice != chosen.end()) {
      return std::unexpected("cert=" + word + " names the same certificate as cert=" +
                             words[static_cast<std::size_t>(twice - chosen.begin())] +
                             "; leave one of them out");
    }
    chosen.push_back(std::move(*certificate));
  }
  return chosen;
}

// With what these refuse libcacard would show an empty card.

Result<> check_number(std::size_t certificates, const std::string& place) {
  if (certificates <= kMaxCertificates) return {};
  return std::unexpected(std::to_string(certificates) + " certificates of " + place +
                         " are more than the " + std::to_string(kMaxCertificates) +
                         " that a card holds; choose some with cert=");
}

Result<> check_fit(const Certificates& certificates, const std::string& place) {
  if (const auto few = check_number(certificates.size(), place); !few) return few;
  const auto large =
      std::ranges::find_if(certificates, [](const Certificate& it) { return it.size > kMaxSize; });
  if (large == certificates.end()) return {};
  return std::unexpected("the certificate of " + large->subject + " in " + place + " has " +
                         std::to_string(large->size) + " bytes, and a card holds one of at most " +
                         std::to_string(kMaxSize));
}

void report(const std::string& card, const Certificates& certificates, const OpenOptions& options) {
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const std::string place = card + ": " + place_name(i, certificates[i].usages) + ": ";
    options.tell(place + describe(certificates[i]));
    for (const std::string& trouble : troubles_at(i, certificates[i], now())) {
      options.warn(place + trouble);
    }
  }
}

}  // namespace

Result<SoftReader> reader_with(const Contents& contents, const Token& token,
                               const OpenOptions& options) {
  const Collection from = collection_of(contents, token);
  if (const auto few = check_number(contents.words.size(), from.place); !few) {
    return std::unexpected(few.error());
  }
  const auto chosen = choose_all(from, contents.words);
  if (!chosen) return std::unexpected(chosen.error());
  if (const auto fits = check_fit(*chosen, from.place); !fits) return std::unexpected(fits.error());
  SoftReader reader{.slot = token.uri(), .certificates = {}};
  for (const Certificate& certificate : *chosen) {
    auto name = token.name_of(certificate);
    if (!name) {
      return std::unexpected("NSS cannot tell the certificate " + certificate.serial + " of " +
                             certificate.subject + " in " + from.place +
                             " from another one with its id and nickname; remove the other one");
    }
    reader.certificates.push_back(*std::move(name));
  }
  report(contents.card, *chosen, options);
  return reader;
}

Result<> report_found(const Contents& contents, const Token& token, const OpenOptions& options) {
  const Collection from = collection_of(contents, token);
  Certificates certificates;
  for (const std::string& nickname : contents.words) {
    const auto found = found_by_libcacard(nickname);
    const auto chosen = choose(from, nickname, now());
    if (!found) return std::unexpected(no_such_certificate(from, nickname));
    if (!chosen)
      options.warn(contents.card + ": libcacard takes one of several: " + chosen.error().text);
    const auto listed = std::ranges::find(from.certificates, found->sha256, &Certificate::sha256);
    certificates.push_back(listed == from.certificates.end() ? *found : *listed);
  }
  report(contents.card, certificates, options);
  return {};
}

}  // namespace vscard::cards::libcacard
