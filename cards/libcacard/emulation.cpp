#include "cards/libcacard/emulation.hpp"

#include <algorithm>
#include <string_view>

namespace vscard::cards::libcacard {
namespace {

constexpr const char* kDefaultDatabase = "/etc/pki/nssdb";

/// "soft=(SLOT,READER,CAC,,CERT,CERT)": an empty slot is NSS's own database.
std::string soft_reader(const SoftReader& reader, const std::string& name) {
  std::string text = "soft=(" + reader.slot + "," + name + ",CAC,";
  for (const std::string& certificate : reader.certificates) text += "," + certificate;
  return text + ")";
}

/// libcacard's own command line: a blank between the parts, so that a use_hw=no that stands last in
/// the arguments ends there.
Emulation emulate_libcacard(const EmulatedCard& card) {
  Emulation emulation{.database = {}, .others = {}, .names = {""}, .arguments = card.arguments};
  if (card.certificates.empty()) return emulation;
  if (card.arguments.empty()) emulation.arguments = std::string("db=\"") + kDefaultDatabase + "\"";
  emulation.arguments +=
      " " + soft_reader({.slot = "", .certificates = card.certificates}, "Virtual Reader");
  return emulation;
}

/// The last one counts; libcacard looks at the first letter, and without any takes hardware.
bool says_no_hardware(const std::string& arguments) {
  static constexpr std::string_view kKey = "use_hw=";
  const std::size_t key = arguments.rfind(kKey);
  if (key == std::string::npos) return false;
  const std::string value = arguments.substr(key + kKey.size(), 1);
  return !value.empty() && std::string_view("0NnF").contains(value);
}

bool opens(const Emulation& emulation, const std::filesystem::path& database) {
  std::error_code ignored;  // the same path is the same all the same
  const auto same = [&](const std::filesystem::path& other) {
    return other == database || std::filesystem::equivalent(other, database, ignored);
  };
  return same(emulation.database) ||
         std::ranges::any_of(emulation.others, same, &Emulation::Database::folder);
}

}  // namespace

Result<Emulation> emulation_of(const std::vector<Card>& cards) {
  const TokenCard* hardware = nullptr;
  for (const Card& card : cards) {
    if (const auto* emulated = std::get_if<EmulatedCard>(&card)) {
      if (cards.size() == 1) return emulate_libcacard(*emulated);
      return std::unexpected(
          "--card libcacard: cannot be combined with another card in one process");
    }
    const auto* token = std::get_if<TokenCard>(&card);
    if (token != nullptr && hardware != nullptr && token->database != hardware->database) {
      return std::unexpected("--card nss: one process can use only one database, not two: " +
                             hardware->database.string() + " or " + token->database.string());
    }
    if (token != nullptr) hardware = token;
  }

  Emulation emulation;
  if (hardware != nullptr) emulation.database = hardware->database;
  for (const Card& card : cards) {
    std::string& name = emulation.names.emplace_back();
    const auto* soft = std::get_if<SoftCard>(&card);
    if (soft == nullptr) continue;
    if (opens(emulation, soft->database)) {
      return std::unexpected("two cards of one database, " + soft->database.string() +
                             ": a card is in one reader; make another one with certs-test");
    }
    if (emulation.database.empty()) {
      emulation.database = soft->database;
    } else {
      name = "vscard" + std::to_string(emulation.others.size() + 1);
      emulation.others.push_back({name, soft->database});
    }
  }
  emulation.arguments = "db=\"sql:" + emulation.database.string() +
                        "\" use_hw=" + (hardware != nullptr ? "removable" : "no");
  return emulation;
}

std::string arguments_of(const Emulation& emulation, const std::vector<SoftReader>& readers) {
  std::string arguments = emulation.arguments;
  for (std::size_t i = 0; i < readers.size(); ++i) {
    arguments += " " + soft_reader(readers[i], "reader" + std::to_string(i + 1));
  }
  return arguments;
}

std::optional<std::filesystem::path> database_in(const std::string& arguments) {
  const std::size_t key = arguments.find("db=\"");
  if (key == std::string::npos) return std::nullopt;
  std::string database = arguments.substr(key + 4);
  database = database.substr(0, database.find('"'));
  if (database.starts_with("sql:")) database = database.substr(4);
  return database;
}

std::filesystem::path database_of(const Card& card) {
  if (const auto* const soft = std::get_if<SoftCard>(&card)) return soft->database;
  const auto* const emulated = std::get_if<EmulatedCard>(&card);
  if (emulated == nullptr) return {};
  return database_in(emulated->arguments).value_or(std::filesystem::path());
}

bool looks_for_tokens(const Card& card) {
  if (std::holds_alternative<SoftCard>(card)) return false;
  const auto* const emulated = std::get_if<EmulatedCard>(&card);
  return emulated == nullptr || !says_no_hardware(emulated->arguments);
}

}  // namespace vscard::cards::libcacard
