#include "cards/libcacard/start.hpp"

#include "cards/libcacard/card.hpp"
#include "cards/libcacard/contents.hpp"
#include "cards/libcacard/databases.hpp"
#include "cards/libcacard/emulation.hpp"
#include "cards/libcacard/token_choice.hpp"
#include "certs-test/nss.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

const TokenCard* as_token(const Card& card) { return std::get_if<TokenCard>(&card); }

Result<Token> token_of_database(const std::string& name) {
  auto token = Token::of_database(name);
  return token ? Result<Token>(std::move(*token)) : std::unexpected("NSS has lost its database");
}

/// The token that each card is made of. Those for which any will do come last.
Result<std::vector<Token>> tokens_of(const std::vector<Card>& cards, const Emulation& emulation) {
  std::vector<Token> tokens;
  std::vector<std::size_t> places(cards.size());
  const auto take = [&](std::size_t i, Result<Token> token) -> Result<> {
    if (!token) return std::unexpected(token.error());
    places[i] = tokens.size();
    tokens.push_back(std::move(*token));
    return {};
  };
  for (const bool any : {false, true}) {
    for (std::size_t i = 0; i < cards.size(); ++i) {
      const TokenCard* card = as_token(cards[i]);
      if ((card != nullptr && !card->slot) != any) continue;
      auto taken = take(
          i, card != nullptr ? choose_token(*card, tokens) : token_of_database(emulation.names[i]));
      if (!taken) return std::unexpected(taken.error());
    }
  }
  std::vector<Token> in_order;
  for (const std::size_t place : places) in_order.push_back(std::move(tokens[place]));
  return in_order;
}

Contents contents_of(const Card& card, const std::string& name) {
  const auto words = std::visit([](const auto& any) { return any.certificates; }, card);
  return {.card = name, .database = database_of(card), .words = words};
}

void warn_of_unused(std::span<const VirtualReader> readers, std::span<const NamedReader> used,
                    const OpenOptions& options) {
  for (const VirtualReader& reader : readers) {
    // libcacard shows a removable token in its own order, too, beside the card that is made of it.
    const bool twice = std::ranges::any_of(
        used, [&](const NamedReader& it) { return it.token.slot() == reader.name(); });
    if (twice || !reader.has_card()) continue;
    options.warn("reader '" + reader.name() + "' is not used: no --card asks for it");
  }
}

/// One of libcacard's readers for each token: soft ones stand first, in their order.
Result<std::vector<NamedReader>> name_readers(std::vector<Token> tokens,
                                              std::span<const CardSpec> specs,
                                              const OpenOptions& options) {
  auto readers = virtual_readers();
  if (readers.size() < tokens.size()) return std::unexpected("libcacard reports too few readers");
  std::vector<NamedReader> named;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::string name = specs[i].name.empty() ? readers[i].name() : specs[i].name;
    named.push_back(
        {.reader = std::move(readers[i]), .token = std::move(tokens[i]), .name = std::move(name)});
  }
  warn_of_unused(std::span(readers).subspan(named.size()), named, options);
  return named;
}

/// Tokens and databases, whose certificates are chosen here.
Result<Start> prepare_soft(const Emulation& emulation, const std::vector<Card>& cards,
                           std::span<const CardSpec> specs, const OpenOptions& options) {
  auto tokens = tokens_of(cards, emulation);
  if (!tokens) return std::unexpected(tokens.error());
  std::vector<SoftReader> readers;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const Contents contents = contents_of(cards[i], specs[i].name);
    auto reader = reader_with(contents, (*tokens)[i], options);
    if (!reader) return std::unexpected(reader.error());
    readers.push_back(std::move(*reader));
    if (!contents.database.empty()) check_password(contents.database, (*tokens)[i], options.warn);
  }
  return [arguments = arguments_of(emulation, readers), tokens = std::move(*tokens), specs,
          &options]() mutable -> Result<std::vector<NamedReader>> {
    const auto started = start_library(arguments);
    if (!started) return std::unexpected(started.error());
    return name_readers(std::move(tokens), specs, options);
  };
}

/// A certificate that is not there explains more than libcacard's failure does.
Result<> report_emulated(const Card& card, const std::string& name, const OpenOptions& options) {
  const Contents contents = contents_of(card, name);
  const auto database = Token::of_database("");
  if (contents.words.empty() || !database) return {};
  if (const auto found = report_found(contents, *database, options); !found) return found;
  check_password(contents.database, *database, options.warn);
  return {};
}

/// libcacard shuts NSS down when it ends, unless somebody else has it in use.
void stay_in_use(const std::filesystem::path& database) {
  if (database.empty()) return;
  static_cast<void>(certs_test::nss::open_database(database));  // libcacard has, so it can be
}

/// libcacard's own arguments: it opens NSS and finds the certificates.
Result<std::vector<NamedReader>> start_emulated(const Emulation& emulation, const Card& card,
                                                std::span<const CardSpec> specs,
                                                const OpenOptions& options) {
  const auto started = start_library(emulation.arguments);
  const auto reported = report_emulated(card, specs.front().name, options);
  if (!reported) return std::unexpected(reported.error());
  if (!started) return std::unexpected(started.error());
  stay_in_use(database_of(card));
  const auto readers = virtual_readers();
  if (readers.empty()) return std::unexpected("libcacard reports no reader");
  auto token = Token::in_slot(readers.front().name());
  if (!token) return std::unexpected("NSS reports no token");
  std::vector<Token> tokens;
  tokens.push_back(std::move(*token));
  return name_readers(std::move(tokens), specs, options);
}

}  // namespace

Result<Start> prepare(std::span<const CardSpec> specs, const OpenOptions& options) {
  std::vector<Card> cards;
  std::ranges::transform(specs, std::back_inserter(cards), card_of);
  auto emulation = emulation_of(cards);
  if (!emulation) return std::unexpected(emulation.error());
  if (!std::holds_alternative<EmulatedCard>(cards.front())) {
    return prepare_soft(*emulation, cards, specs, options);
  }
  return [emulation = std::move(*emulation), card = std::move(cards.front()), specs, &options] {
    return start_emulated(emulation, card, specs, options);
  };
}

}  // namespace vscard::cards::libcacard
