#include "cards/own/found.hpp"

#include "cards/own/kind.hpp"
#include "cards/piv/kind.hpp"
#include "cards/piv/options.hpp"
#include "certs-test/pin.hpp"
#include "program/state_folder.hpp"

namespace vscard::cards::own {
namespace {

namespace fs = std::filesystem;

using certs_test::CardEntry;
using certs_test::CardType;
using Tell = std::function<void(const std::string&)>;

/// Only a PIV card keeps a PIN that a guest has changed.
std::string about(const CardEntry& card) {
  const std::string pin(certs_test::kDefaultPin);
  if (card.type == CardType::Cac) {
    return "a CAC made before (PIN " + pin + " unless it was made with another)";
  }
  return "a PIV card made before (PIN " + pin + " unless it was made with another or changed)";
}

}  // namespace

Result<fs::path> card_folder() {
  const auto state = program::state_folder();
  if (state) return *state / "soft-card";
  return std::unexpected("no folder for the soft card: " + state.error().text +
                         "; choose a card with --card piv:dir=DIR");
}

Result<std::optional<CardEntry>> find_card(const fs::path& folder, const Tell& tell) {
  const auto found = certs_test::find_soft_cards(folder);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  const CardEntry& card = (*found)->cards.front();
  tell("using the soft card in " + folder.string() + ", " + about(card));
  return card;
}

Became piv_card_of(const CardSpec& spec, const fs::path& folder, const CardEntry& entry) {
  Became became{.spec = spec};
  became.spec.kind = &piv::kPiv;
  became.spec.details = piv::Options{.folder = folder / entry.folder, .use = piv::Use::Shared};
  return became;
}

bool is_piv_card() {
  const auto folder = card_folder();
  if (!folder) return false;
  const auto found = find_card(*folder, [](const std::string&) {});
  return found && *found && (*found)->type == CardType::Piv;
}

Result<Became> become_piv_card(const CardSpec& spec, const OpenOptions& options) {
  const auto folder = card_folder();
  if (!folder) return std::unexpected(folder.error());
  const auto found = find_card(*folder, options.tell);
  if (!found) return std::unexpected(found.error());
  if (*found && (*found)->type == CardType::Piv) return piv_card_of(spec, *folder, **found);
  return std::unexpected("the soft card in " + folder->string() + " is no PIV card");
}

}  // namespace vscard::cards::own
