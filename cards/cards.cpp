#include "cards/cards.hpp"

#include <algorithm>

namespace vscard::cards {
namespace {

/// Cards that one call opens.
struct Group {
  Open open;
  std::vector<CardSpec> specs;
  std::vector<std::size_t> places;  ///< of the specs, among all
};

using Table = std::span<const KindEntry>;

Result<const KindEntry*> entry_of(const CardSpec& spec, Table table) {
  const auto entry = std::ranges::find(table, spec.kind, &KindEntry::kind);
  if (entry == table.end()) return std::unexpected(Failure{"a card has an unknown kind"});
  return &*entry;
}

/// The cards as they are opened.
Result<std::vector<Became>> become_all(std::span<const CardSpec> specs, const OpenOptions& options,
                                       Table table) {
  std::vector<Became> all;
  for (const CardSpec& spec : specs) {
    const auto entry = entry_of(spec, table);
    if (!entry) return std::unexpected(entry.error());
    auto became =
        (*entry)->become == nullptr ? Became{.spec = spec} : (*entry)->become(spec, options);
    if (!became) return std::unexpected(became.error());
    all.push_back(std::move(*became));
  }
  return all;
}

/// In the order in which each is first asked for.
Result<std::vector<Group>> group(std::span<const Became> cards, Table table) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const auto entry = entry_of(cards[i].spec, table);
    if (!entry) return std::unexpected(entry.error());
    auto it = std::ranges::find(groups, (*entry)->open, &Group::open);
    if (it == groups.end()) {
      it = groups.insert(it, Group{.open = (*entry)->open, .specs = {}, .places = {}});
    }
    it->specs.push_back(cards[i].spec);
    it->places.push_back(i);
  }
  return groups;
}

/// Lines that begin with the card's name.
std::function<void(const std::string&)> about(const std::string& card,
                                              const std::function<void(const std::string&)>& tell) {
  return [card, tell](const std::string& text) { tell(card + ": " + text); };
}

std::function<void(const faults::Hit&)> on_hit(const std::string& card,
                                               const OpenOptions& options) {
  return [card, tell = about(card, options.tell), then = options.on_fault](const faults::Hit& hit) {
    tell(faults::describe(hit));
    if (then) then(card, hit);
  };
}

}  // namespace

Cards::~Cards() {
  for (auto& set : sets_) {
    if (!set->stop()) static_cast<void>(set.release());
  }
}

bool Cards::stop() {
  return std::ranges::count_if(sets_, [](const auto& set) { return !set->stop(); }) == 0;
}

Result<Cards> open(const asio::any_io_executor& executor, std::span<const CardSpec> specs,
                   const OpenOptions& options, std::span<const KindEntry> table) {
  const auto became = become_all(specs, options, table);
  if (!became) return std::unexpected(became.error());
  const auto groups = group(*became, table);
  if (!groups) return std::unexpected(groups.error());
  Cards cards;
  cards.readers_.resize(specs.size());
  for (const Group& group : *groups) {
    auto opened = group.open(executor, group.specs, options);
    if (!opened) return std::unexpected(opened.error());
    for (std::size_t i = 0; i < group.places.size(); ++i) {
      cards.readers_[group.places[i]] = (*opened)->readers().at(i);
    }
    cards.sets_.push_back(std::move(*opened));
  }
  if (auto done = cards.surround(executor, specs, options); !done) {
    return std::unexpected(done.error());
  }
  return cards;
}

Result<> Cards::surround(const asio::any_io_executor& executor, std::span<const CardSpec> specs,
                         const OpenOptions& options) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto& [recording, faults] = specs[i].extras;
    Reader*& reader = readers_[i];
    faults_.push_back(std::make_unique<faults::Reader>(executor, *reader, faults,
                                                       on_hit(specs[i].name, options)));
    reader = faults_.back().get();
    if (!recording) continue;
    auto opened = recording::Reader::open(executor, *recording, specs[i].name, *reader,
                                          about(specs[i].name, options.warn));
    if (!opened) return std::unexpected(opened.error().about(specs[i].name));
    reader = recordings_.emplace_back(std::move(*opened)).get();
  }
  return {};
}

}  // namespace vscard::cards
