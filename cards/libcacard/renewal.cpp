#include "cards/libcacard/renewal.hpp"

#include "cards/libcacard/card.hpp"
#include "cards/libcacard/emulation.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace vscard::cards::libcacard {
namespace {

using Paths = std::vector<std::filesystem::path>;

const SoftCard* of_key_files(const Card& card) {
  const auto* const soft = std::get_if<SoftCard>(&card);
  return soft != nullptr && !soft->made_of.empty() ? soft : nullptr;
}

/// What the user may change while the card is in use.
Paths files_behind(const Card& card) {
  if (const SoftCard* const soft = of_key_files(card)) return soft->made_of;
  const auto database = database_of(card);
  if (database.empty()) return {};
  return {database / "cert9.db", database / "key4.db"};
}

}  // namespace

Renewal::Renewal(std::span<const CardSpec> specs, OpenOptions options)
    : specs_(specs.begin(), specs.end()),
      options_(std::move(options)),
      made_of_(look()),
      open_(file_ids()) {}

Renewal::Stamps Renewal::look() const {
  Stamps stamps;
  for (const CardSpec& spec : specs_) stamps.emplace_back(files_behind(card_of(spec)));
  return stamps;
}

/// What is not there has none.
Renewal::FileIds Renewal::file_ids() const {
  FileIds ids;
  for (const CardSpec& spec : specs_) {
    for (const auto& file : files_behind(card_of(spec))) {
      struct stat found{};
      if (::stat(file.c_str(), &found) != 0) found = {};
      ids.emplace_back(found.st_dev, found.st_ino);
    }
  }
  return ids;
}

std::optional<Start> Renewal::operator()(std::size_t card) {
  Stamps found = look();
  if (found[card] == made_of_[card]) return std::nullopt;
  const std::string& name = specs_[card].name;
  if (const auto why = obstacle(); !why.empty()) {
    options_.warn(name + ": its files have changed, but the card stays as it was: " + why +
                  "; start the program again to show what is there now");
    return std::nullopt;
  }
  options_.tell(name + ": its files have changed, and are read again");
  auto start = prepare(specs_, options_);
  if (!start) {
    options_.warn(name + ": the card stays as it was: " + start.error().text);
    return std::nullopt;
  }
  made_of_ = std::move(found);
  return std::move(*start);
}

/// NSS keeps a database open. It cannot be shut down: in 3.87 certificates of one subject, found by
/// their ids, keep it in use for ever.
std::string Renewal::obstacle() const {
  for (const CardSpec& spec : specs_) {
    const Card card = card_of(spec);
    if (looks_for_tokens(card)) return "libcacard looks for tokens, too";
    if (of_key_files(card) != nullptr) return "with as=cac files are read once";
  }
  return file_ids() == open_ ? "" : "the database is another one";
}

void Renewal::report_failure(const Failure& failure) const {
  options_.warn("there is no card until its database has changed again: " + failure.text);
}

}  // namespace vscard::cards::libcacard
