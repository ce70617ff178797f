#include "certs-test/manifest.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace vscard::certs_test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "vscard soft cards";
constexpr int kVersion = 1;

bool stays_inside(const fs::path& path) {
  return !path.empty() && path.is_relative() &&
         std::ranges::none_of(path, [](const fs::path& part) { return part == ".."; });
}

bool stays_inside(const CertificateEntry& entry) {
  return stays_inside(entry.certificate) && stays_inside(entry.key) && stays_inside(entry.pkcs12);
}

bool stays_inside(const CaEntry& ca) {
  return stays_inside(ca.certificate) && stays_inside(ca.key) && stays_inside(ca.crl) &&
         stays_inside(ca.crl_der);
}

bool stays_inside(const CardEntry& card) {
  return stays_inside(card.folder) &&
         std::ranges::all_of(card.certificates,
                             [](const CertificateEntry& entry) { return stays_inside(entry); });
}

bool is_usable(const Manifest& manifest) {
  return !manifest.cards.empty() && stays_inside(manifest.ca) &&
         std::ranges::all_of(manifest.cards, [](const CardEntry& card) {
           return !card.certificates.empty() && stays_inside(card);
         });
}

Failure unreadable(const fs::path& file, std::string_view why) {
  return {fmt::format("cannot read {}: {}", file.string(), why)};
}

/// Whether it may be a manifest.
Result<> check_file(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return std::unexpected(unreadable(file, error.message()));
  if (size > kMaxManifestSize) return std::unexpected(unreadable(file, "it is too large"));
  return {};
}

Result<std::string> read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(unreadable(file, std::generic_category().message(errno)));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The folder of a CAC is its "database", as before there were other cards.
const char* folder_key(CardType type) { return type == CardType::Piv ? "folder" : "database"; }

std::vector<const char*> files_of(CardType type) {
  if (type == CardType::Piv) return {"card"};
  return {"cert9.db", "key4.db"};
}

Failure broken(const fs::path& folder, std::string_view why) {
  return {fmt::format(
      "{} holds something other than finished soft cards; choose another folder or remove it: {}",
      folder.string(), why)};
}

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CertificateEntry, nickname, subject, serial, key_usage,
                                   extended_key_usage, not_before, not_after, certificate, key,
                                   pkcs12)

// NOLINTBEGIN(misc-use-internal-linkage): nlohmann finds them by their namespace
inline void to_json(json& out, const CardEntry& card) {
  out = {{"name", card.name},
         {"defect", card.defect},
         {"type", name_in(kCardTypes, card.type)},
         {folder_key(card.type), card.folder},
         {"certificates", card.certificates}};
}

inline void from_json(const json& in, CardEntry& card) {
  const auto type = value_in(kCardTypes, in.value("type", "cac"));
  if (!type) throw json::other_error::create(500, "unknown type of card", &in);
  card = {.name = in.at("name"),
          .defect = in.at("defect"),
          .type = *type,
          .folder = in.at(folder_key(*type)).get<fs::path>(),
          .certificates = in.at("certificates")};
}
// NOLINTEND(misc-use-internal-linkage)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CaEntry, subject, serial, not_before, not_after, certificate,
                                   key, crl, crl_der)

std::string to_json(const Manifest& manifest) {
  const json root{
      {"format", kFormat}, {"version", kVersion}, {"ca", manifest.ca}, {"cards", manifest.cards}};
  return root.dump(2) + "\n";
}

Result<Manifest> parse_manifest(const std::string& text) {
  try {
    const json root = json::parse(text);
    if (root.at("format") != kFormat || root.at("version") != kVersion)
      return std::unexpected(Failure{"its manifest.json has another format"});
    Manifest manifest{.ca = root.at("ca").get<CaEntry>(),
                      .cards = root.at("cards").get<std::vector<CardEntry>>()};
    if (is_usable(manifest)) return manifest;
  } catch (const json::exception&) {
    return std::unexpected(Failure{"its manifest.json is damaged"});
  }
  return std::unexpected(Failure{"its manifest.json lacks cards or names files elsewhere"});
}

Result<std::optional<Manifest>> find_soft_cards(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return std::nullopt;
  if (fs::is_directory(folder, error) && fs::is_empty(folder, error)) return std::nullopt;
  const fs::path place = folder / kManifestFile;
  if (const auto checked = check_file(place); !checked)
    return std::unexpected(broken(folder, checked.error().text));
  const auto text = read_text(place);  // a failure says nothing about the folder
  if (!text) return std::unexpected(text.error());
  auto manifest = parse_manifest(*text);
  if (!manifest) return std::unexpected(broken(folder, manifest.error().text));
  for (const CardEntry& card : manifest->cards)
    for (const char* file : files_of(card.type))
      if (!fs::is_regular_file(folder / card.folder / file, error))
        return std::unexpected(
            broken(folder, fmt::format("{}/{} is missing", card.folder.string(), file)));
  return std::move(*manifest);
}

}  // namespace vscard::certs_test
