#include "cards/libcacard/default_card.hpp"

#include "certs-test/pin.hpp"
#include "certs-test/soft_cards.hpp"
#include "program/held_signals.hpp"
#include "program/lock_file.hpp"
#include "program/state_folder.hpp"

#include <optional>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

namespace fs = std::filesystem;

using Tell = std::function<void(const std::string&)>;

SoftCard card_of(const certs_test::CardEntry& entry, const fs::path& folder) {
  SoftCard card{.database = folder / entry.folder, .certificates = {}};
  for (const auto& certificate : entry.certificates)
    card.certificates.push_back(certificate.nickname);
  return card;
}

fs::path lock_beside(const fs::path& folder) {
  return folder.parent_path() / ("." + folder.filename().string() + ".lock");
}

Result<std::optional<SoftCard>> find_card(const fs::path& folder, const Tell& tell) {
  const auto found = certs_test::find_soft_cards(folder);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  tell("using the soft card in " + folder.string() + ", made before (PIN " +
       std::string(certs_test::kDefaultPin) + " unless it was made with another)");
  return card_of((*found)->cards.front(), folder);
}

/// Signals that end the program wait until what is half made is removed, and the lock.
Result<SoftCard> make_card(program::LockFile taken, const fs::path& folder,
                           const protocol::SecretBytes& pin, const Tell& tell) {
  const program::HeldSignals held;
  const program::LockFile lock = std::move(taken);
  tell("making a soft card in " + folder.string());
  certs_test::SoftCardOptions options;
  options.folder = folder;
  options.subjects = {"Soft Card"};
  if (!pin.empty()) options.pin = pin.clone();
  options.progress = [&tell](std::string_view line) { tell(std::string(line)); };
  options.interrupted = [&held] { return held.pending(); };
  const auto made = certs_test::make_soft_cards(options);
  if (!made) return std::unexpected(made.error());
  tell("the soft card is made; " + (pin.empty()
                                        ? "its PIN is " + std::string(certs_test::kDefaultPin)
                                        : std::string("its PIN is the one given")));
  return card_of(made->cards.front(), folder);
}

}  // namespace

Result<fs::path> default_card_folder() {
  const auto state = program::state_folder();
  if (state) return *state / "soft-card";
  return std::unexpected("no folder for the soft card: " + state.error().text +
                         "; choose a card with --card soft:db=DIR");
}

Result<SoftCard> open_default_card(const fs::path& folder, const protocol::SecretBytes& pin,
                                   const Tell& tell) {
  auto found = find_card(folder, tell);
  if (!found) return std::unexpected(found.error());
  if (*found) return std::move(**found);
  const auto parent = program::make_private_folder(folder.parent_path());
  if (!parent) return std::unexpected(parent.error());
  auto lock = program::LockFile::take(lock_beside(folder), [&] {
    tell("waiting for another program that makes the soft card in " + folder.string());
  });
  if (!lock) return std::unexpected(lock.error());
  found = find_card(folder, tell);
  if (!found) return std::unexpected(found.error());
  if (*found) return std::move(**found);
  return make_card(std::move(*lock), folder, pin, tell);
}

}  // namespace vscard::cards::libcacard
