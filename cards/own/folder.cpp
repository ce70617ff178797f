#include "cards/own/folder.hpp"

#include "cards/own/found.hpp"
#include "certs-test/pin.hpp"
#include "certs-test/soft_cards.hpp"
#include "program/held_signals.hpp"
#include "program/lock_file.hpp"
#include "program/state_folder.hpp"

#include <optional>
#include <utility>

namespace vscard::cards::own {
namespace {

namespace fs = std::filesystem;

using certs_test::CardEntry;
using certs_test::CardType;
using certs_test::KeyKind;
using Tell = std::function<void(const std::string&)>;

/// RSA where a guest's program may know nothing else, for login and decryption.
constexpr certs_test::KeyKinds kKeys{.authority = KeyKind::P256,
                                     .identity = KeyKind::Rsa2048,
                                     .signing = KeyKind::P256,
                                     .encryption = KeyKind::Rsa2048};

fs::path lock_beside(const fs::path& folder) {
  return folder.parent_path() / ("." + folder.filename().string() + ".lock");
}

/// Signals that end the program wait until what is half made is removed, and the lock.
Result<CardEntry> make_card(program::LockFile taken, const fs::path& folder,
                            const protocol::SecretBytes& pin, const Tell& tell) {
  const program::HeldSignals held;
  const program::LockFile lock = std::move(taken);
  tell("making a soft card, a PIV card, in " + folder.string());
  certs_test::SoftCardOptions options;
  options.folder = folder;
  options.subjects = {"Soft Card"};
  options.type = CardType::Piv;
  options.keys = kKeys;
  if (!pin.empty()) options.pin = pin.clone();
  options.progress = [&tell](std::string_view line) { tell(std::string(line)); };
  options.interrupted = [&held] { return held.pending(); };
  const auto made = certs_test::make_soft_cards(options);
  if (!made) return std::unexpected(made.error());
  tell("the soft card is made; " + (pin.empty()
                                        ? "its PIN is " + std::string(certs_test::kDefaultPin)
                                        : std::string("its PIN is the one given")));
  return made->cards.front();
}

}  // namespace

Result<CardEntry> open_or_make(const fs::path& folder, const protocol::SecretBytes& pin,
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

}  // namespace vscard::cards::own
