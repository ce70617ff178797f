#include "cards/libcacard/nicknames.hpp"

#include "cards/libcacard/databases.hpp"

#include <algorithm>

namespace vscard::cards::libcacard {

std::vector<std::string> nicknames(const std::filesystem::path& database) {
  const auto emulation = emulation_of({SoftCard{.database = database, .certificates = {}}});
  if (!emulation || !open_databases(*emulation)) return {};
  const auto token = Token::of_database("");
  std::vector<std::string> names;
  if (!token) return names;
  for (const Certificate& certificate : token->certificates()) {
    if (!certificate.nickname.empty()) names.push_back(certificate.nickname);
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace vscard::cards::libcacard
