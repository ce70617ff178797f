#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vscard::cards::libcacard {

/// Of the certificates in an NSS database, each once; none where it cannot be opened. Once a
/// process, in place of a card.
std::vector<std::string> nicknames(const std::filesystem::path& database);

}  // namespace vscard::cards::libcacard
