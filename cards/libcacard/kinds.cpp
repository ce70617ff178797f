#include "cards/libcacard/kinds.hpp"

#include "cards/libcacard/card.hpp"
#include "cards/libcacard/emulation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

using Parsed = Result<std::any>;

/// "sql:DIR" is how NSS writes it; here the folder is enough.
std::filesystem::path folder_of(std::string_view database) {
  if (database.starts_with("sql:")) database.remove_prefix(4);
  return {database};
}

std::any details(Card card) { return {std::move(card)}; }

/// An empty word would name all or nothing.
Result<> check_words(const std::string& kind, const chardev::KeyList& list) {
  for (const char* key : {"db", "slot", "cert"}) {
    const auto words = list.all(key);
    if (std::ranges::find(words, "") == words.end()) continue;
    return std::unexpected("--card " + kind + " needs something after " + key + "=");
  }
  return {};
}

Parsed parse_soft(const chardev::KeyList& list) {
  if (const auto words = check_words("soft", list); !words) return std::unexpected(words.error());
  const auto database = list.last("db");
  const auto certificates = list.all("cert");
  if (!database) {
    return std::unexpected(Failure{"--card soft with cert= also needs the database: db=DIR"});
  }
  return details(SoftCard{.database = folder_of(*database), .certificates = certificates});
}

/// NSS writes in its folders.
chardev::Access access_of_soft(const CardSpec& spec) {
  chardev::Access access;
  access.add_file(std::get<SoftCard>(card_of(spec)).database / "cert9.db",
                  chardev::Access::Use::Write);
  return access;
}

Parsed parse_nss(const chardev::KeyList& list) {
  if (const auto words = check_words("nss", list); !words) return std::unexpected(words.error());
  const auto database = list.last("db");
  if (database) {
    return details(TokenCard{.database = folder_of(*database),
                             .slot = list.last("slot"),
                             .certificates = list.all("cert")});
  }
  return std::unexpected(Failure{
      "--card nss needs the folder of the NSS database that names the PKCS#11 modules: db=DIR"});
}

Parsed parse_libcacard(const chardev::KeyList& list) {
  return details(EmulatedCard{.arguments = list.head, .certificates = list.all("cert")});
}

constexpr std::array kSoftForms{
    CardForm{.text = "soft:db=DIR[,cert=NAME]...", .meaning = "certificates of an NSS database"}};
constexpr std::array<std::string_view, 2> kSoftKeys{"db", "cert"};

constexpr std::array kNssForms{
    CardForm{.text = "nss:db=DIR[,slot=TOKEN]",
             .meaning = "a token of the PKCS#11 modules that the database names"}};
constexpr std::array<std::string_view, 3> kNssKeys{"db", "slot", "cert"};

constexpr std::array kLibcacardForms{
    CardForm{.text = "libcacard:ARGS", .meaning = "libcacard's own emulation arguments"}};
constexpr std::array<std::string_view, 1> kLibcacardKeys{"cert"};

}  // namespace

constinit const Kind kSoft{.name = "soft",
                           .stem = "soft",
                           .forms = kSoftForms,
                           .keys = kSoftKeys,
                           .parse = parse_soft,
                           .access = access_of_soft};

constinit const Kind kNss{
    .name = "nss", .stem = "token", .forms = kNssForms, .keys = kNssKeys, .parse = parse_nss};

constinit const Kind kLibcacard{.name = "libcacard",
                                .stem = "card",
                                .forms = kLibcacardForms,
                                .keys = kLibcacardKeys,
                                .parse = parse_libcacard,
                                .syntax = Kind::Syntax::Verbatim};

Result<> check_together(std::span<const CardSpec> specs) {
  std::vector<Card> cards;
  for (const CardSpec& spec : specs) {
    if (std::any_cast<Card>(&spec.details) != nullptr) cards.push_back(card_of(spec));
  }
  const auto emulation = emulation_of(cards);
  return emulation ? Result<>() : std::unexpected(emulation.error());
}

}  // namespace vscard::cards::libcacard
