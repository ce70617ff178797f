#include "cards/link/pool_commands.hpp"

#include "program/common_commands.hpp"

#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace vscard::cards::link {
namespace {

using chardev::Lending;
using program::Json;
using program::Words;

constexpr const char* kNoPool = "no card here is lent: none listens with nats://…/pool.NAME";

/// Of a day and time that people have.
std::string time_text(protocol::Time time) {
  const auto ago = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      protocol::Clock::now() - time);
  const auto then = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() - ago);
  return fmt::format("{:%FT%TZ}", fmt::gmtime(then));
}

std::optional<std::string> time_text(const std::optional<protocol::Time>& time) {
  if (!time) return std::nullopt;
  return time_text(*time);
}

Json labels_json(const std::vector<std::string>& labels) {
  return Json::array(std::vector<Json>(labels.begin(), labels.end()));
}

Json line_json(const std::vector<chardev::Waiting>& line) {
  std::vector<Json> all;
  for (const auto& waiting : line) {
    all.push_back(Json::object({{"who", waiting.who},
                                {"labels", labels_json(waiting.labels)},
                                {"since", time_text(waiting.since)}}));
  }
  return Json::array(all);
}

std::string lease_text(const Lending& lending) {
  const auto lease = lending.lease();
  std::string text =
      lease ? "lent to " + lease->holder + " since " + time_text(lease->since) : "free";
  if (lease && lease->until) text += " until " + time_text(*lease->until);
  if (lending.allowed() == Lending::Leases::OnlyThis) text += "  drained";
  return text;
}

program::ListRow row_of(const LentCard& card) {
  const Lending& lending = *card.lending;
  const auto line = lending.line();
  const auto labels = lending.labels();
  std::string text = fmt::format("{}  {}  {}  {}  {} in line", card.card, lending.pool(),
                                 fmt::join(labels, " "), lease_text(lending), line.size());
  for (const auto& waiting : line) {
    text += fmt::format("\n  {} since {}  {}", waiting.who, time_text(waiting.since),
                        fmt::join(waiting.labels, " "));
  }
  return {.json = Json::object({{"card", card.card}, {"pool", pool_json(&lending)}}), .text = text};
}

/// The card that the words name; without one, all.
Result<std::vector<LentCard>> named(std::vector<LentCard> cards, const Words& words) {
  if (cards.empty()) return std::unexpected(kNoPool);
  if (words.empty()) return cards;
  std::erase_if(cards, [&](const LentCard& card) { return card.card != words.front(); });
  if (cards.empty()) {
    return std::unexpected("no card '" + words.front() +
                           "' is in a pool; pool list shows those that are");
  }
  return cards;
}

Result<std::string> drain(const std::vector<LentCard>& cards, Words words) {
  using Leases = Lending::Leases;
  const auto leases = std::erase(words, "--undo") > 0 ? Leases::New : Leases::OnlyThis;
  const auto drained = named(cards, words);
  if (!drained) return std::unexpected(drained.error());
  for (const LentCard& card : *drained) card.lending->allow(leases);
  return "";
}

Result<std::string> release(const std::vector<LentCard>& cards, const Words& words) {
  if (words.empty()) return std::unexpected("pool release needs a CARD; pool list shows them");
  const auto released = named(cards, words);
  if (!released) return std::unexpected(released.error());
  if (!released->front().lending->release()) {
    return std::unexpected("the card '" + words.front() + "' is not lent now");
  }
  return "";
}

Result<std::string> list(const std::vector<LentCard>& cards, const Words& words) {
  if (cards.empty()) return std::unexpected(kNoPool);
  const bool names_card = !words.empty() && words.front() != "--json";
  if (names_card) return std::unexpected("pool list shows all cards, and takes none");
  std::vector<program::ListRow> rows;
  for (const LentCard& card : cards) rows.push_back(row_of(card));
  return program::render(rows, words);
}

/// Each option belongs to one action.
Result<> check_options(const std::string& action, const Words& words) {
  const std::string own = action == "list" ? "--json" : action == "drain" ? "--undo" : "";
  for (const std::string& word : words) {
    if (word.starts_with("--") && word != own) {
      return std::unexpected("pool " + action + " has no option " + word);
    }
  }
  return {};
}

Result<std::string> pool(const std::vector<LentCard>& cards, Words words) {
  const std::string action = words.front();
  words.erase(words.begin());
  if (const auto good = check_options(action, words); !good) return std::unexpected(good.error());
  if (action == "list") return list(cards, words);
  if (action == "drain") return drain(cards, std::move(words));
  if (action == "release") return release(cards, words);
  return std::unexpected("pool has list, drain and release, and no '" + action + "'");
}

}  // namespace

program::Command pool_command(LentCards cards) {
  return {.name = "pool",
          .usage = "list|drain|release [CARD] [--json] [--undo]",
          .text =
              "list: the cards that are lent: pool, labels, who has them, who waits\n"
              "drain: no new lease of the card, or of all; --undo: again\n"
              "release: the card's lease ends now, and the card is reset",
          .run = [cards = std::move(cards)](const Words& words) { return pool(cards(), words); }};
}

Json pool_json(const Lending* lending) {
  if (lending == nullptr) return nullptr;
  const auto lease = lending->lease();
  const auto holder = lease ? std::optional(lease->holder) : std::nullopt;
  const auto since = lease ? std::optional(lease->since) : std::nullopt;
  const auto until = lease ? lease->until : std::nullopt;
  return Json::object({{"name", lending->pool()},
                       {"labels", labels_json(lending->labels())},
                       {"drained", lending->allowed() == Lending::Leases::OnlyThis},
                       {"holder", holder},
                       {"since", time_text(since)},
                       {"until", time_text(until)},
                       {"line", line_json(lending->line())}});
}

}  // namespace vscard::cards::link
