#include "cards/libcacard/emulation.hpp"

#include <algorithm>

namespace vscard::cards::libcacard {
namespace {

constexpr const char* kDefaultDatabase = "/etc/pki/nssdb";

/// "soft=(SLOT,READER,CAC,,CERT,CERT)": an empty slot is NSS's own database.
std::string soft_reader(const std::string& slot, const std::string& reader,
                        const std::vector<std::string>& nicknames) {
  std::string text = "soft=(" + slot + "," + reader + ",CAC,";
  for (const std::string& nickname : nicknames) text += "," + nickname;
  return text + ")";
}

/// libcacard's own command line: a blank between the parts, so that a use_hw=no that stands last in
/// the arguments ends there.
Emulation emulate_libcacard(const EmulatedCard& card) {
  Emulation emulation;
  emulation.arguments = card.arguments;
  emulation.nicknames.push_back(card.certificates);
  if (card.certificates.empty()) return emulation;
  if (card.arguments.empty()) emulation.arguments = std::string("db=\"") + kDefaultDatabase + "\"";
  emulation.arguments += " " + soft_reader("", "Virtual Reader", card.certificates);
  return emulation;
}

std::vector<std::string> nicknames_of(const SoftCard& card, const std::string& token) {
  std::vector<std::string> nicknames = card.certificates;
  if (nicknames.empty()) nicknames = {"id", "sign", "enc"};
  if (token.empty()) return nicknames;
  for (std::string& nickname : nicknames) nickname.insert(0, token + ":");
  return nicknames;
}

bool opens(const Emulation& emulation, const std::filesystem::path& database) {
  std::error_code ignored;  // the same path is the same all the same
  const auto same = [&](const std::filesystem::path& other) {
    return other == database || std::filesystem::equivalent(other, database, ignored);
  };
  return same(emulation.database) ||
         std::ranges::any_of(emulation.tokens, same, &Emulation::Token::database);
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
  std::string readers;
  for (const Card& card : cards) {
    auto& nicknames = emulation.nicknames.emplace_back();
    const auto* soft = std::get_if<SoftCard>(&card);
    if (soft == nullptr) continue;
    if (opens(emulation, soft->database)) {
      return std::unexpected("two cards of one database, " + soft->database.string() +
                             ": a card is in one reader; make another one with certs-test");
    }
    std::string slot;
    if (emulation.database.empty()) {
      emulation.database = soft->database;
    } else {
      slot = "vscard" + std::to_string(emulation.tokens.size() + 1);
      emulation.tokens.push_back({slot, soft->database});
    }
    nicknames = nicknames_of(*soft, slot);
    readers +=
        " " + soft_reader(slot, "reader" + std::to_string(emulation.nicknames.size()), nicknames);
  }
  emulation.arguments = "db=\"sql:" + emulation.database.string() +
                        "\" use_hw=" + (hardware != nullptr ? "removable" : "no") + readers;
  return emulation;
}

std::optional<std::filesystem::path> database_in(const std::string& arguments) {
  const std::size_t key = arguments.find("db=\"");
  if (key == std::string::npos) return std::nullopt;
  std::string database = arguments.substr(key + 4);
  database = database.substr(0, database.find('"'));
  if (database.starts_with("sql:")) database = database.substr(4);
  return database;
}

}  // namespace vscard::cards::libcacard
