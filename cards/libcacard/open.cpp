// libcacard::open(): from what --card says to readers.

#include "cards/libcacard/card.hpp"
#include "cards/libcacard/databases.hpp"
#include "cards/libcacard/default_card.hpp"
#include "cards/libcacard/emulation.hpp"
#include "cards/libcacard/kinds.hpp"
#include "cards/libcacard/readers.hpp"

#include <fnmatch.h>
#include <optional>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

Result<std::vector<Card>> cards_of(std::span<const CardSpec> specs, const OpenOptions& options) {
  std::vector<Card> cards;
  for (const CardSpec& spec : specs) {
    Card card = card_of(spec);
    if (std::holds_alternative<DefaultSoftCard>(card)) {
      const auto folder = default_card_folder();
      if (!folder) return std::unexpected(folder.error());
      auto made = open_default_card(*folder, options.new_pin, options.tell);
      if (!made) return std::unexpected(made.error());
      card = std::move(*made);
    }
    cards.push_back(std::move(card));
  }
  return cards;
}

/// Its state is the process's.
Result<> take_the_one_start() {
  static bool taken = false;
  if (std::exchange(taken, true)) {
    return std::unexpected(
        Failure{"libcacard can start only once in a process, with all its cards"});
  }
  return {};
}

Result<> start(const std::vector<Card>& cards, const OpenOptions& options) {
  const auto emulation = emulation_of(cards);
  if (!emulation) return std::unexpected(emulation.error());
  if (const auto first = take_the_one_start(); !first) return first;
  const auto opened = open_databases(*emulation);
  if (!opened) return opened;
  const auto started = start_library(emulation->arguments);
  // A certificate that is not there explains more than libcacard's failure does.
  const auto checked = check_certificates(emulation->nicknames, options.warn);
  return checked ? started : checked;
}

/// Takes the reader that the card means out of `readers`: soft ones stand first, in their order.
std::optional<VirtualReader> take_reader(std::vector<VirtualReader>& readers, const Card& card) {
  const auto* token = std::get_if<TokenCard>(&card);
  for (auto reader = readers.begin(); reader != readers.end(); ++reader) {
    if (token != nullptr && !reader->has_card()) continue;
    if (token != nullptr && token->slot &&
        ::fnmatch(token->slot->c_str(), reader->name().c_str(), 0) != 0) {
      continue;
    }
    VirtualReader taken = std::move(*reader);
    readers.erase(reader);
    return taken;
  }
  return std::nullopt;
}

Failure no_reader_for(const Card& card) {
  const auto* token = std::get_if<TokenCard>(&card);
  if (token == nullptr) return {"libcacard reports no reader"};
  if (token->slot) return {"no slot with a token is named '" + *token->slot + "'"};
  return {"no PKCS#11 token to use as a card: " + explain_no_tokens(token->database)};
}

/// Cards that any token will do for.
bool takes_any(const Card& card) {
  const auto* token = std::get_if<TokenCard>(&card);
  return token != nullptr && !token->slot;
}

/// One of libcacard's readers for each card. Those for which any will do come last.
Result<std::vector<NamedReader>> assign_readers(const std::vector<Card>& cards,
                                                std::span<const CardSpec> specs,
                                                const OpenOptions& options) {
  auto readers = virtual_readers();
  std::vector<std::optional<VirtualReader>> assigned(cards.size());
  for (const bool any : {false, true}) {
    for (std::size_t i = 0; i < cards.size(); ++i) {
      if (takes_any(cards[i]) != any) continue;
      assigned[i] = take_reader(readers, cards[i]);
      if (!assigned[i]) return std::unexpected(no_reader_for(cards[i]));
    }
  }
  for (const VirtualReader& left : readers) {
    options.warn("reader '" + left.name() + "' is not used: no --card asks for it");
  }
  std::vector<NamedReader> named;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    VirtualReader& reader = *assigned[i];
    std::string name = specs[i].name.empty() ? reader.name() : specs[i].name;
    named.push_back({.reader = std::move(reader), .name = std::move(name)});
  }
  return named;
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  const auto cards = cards_of(specs, options);
  if (!cards) return std::unexpected(cards.error());
  const auto started = start(*cards, options);
  if (!started) return std::unexpected(started.error());
  auto assigned = assign_readers(*cards, specs, options);
  if (!assigned) return std::unexpected(assigned.error());
  drop_events();  // watch() reports these cards itself
  return std::make_unique<Readers>(executor, std::move(*assigned));
}

}  // namespace vscard::cards::libcacard
