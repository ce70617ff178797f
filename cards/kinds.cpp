#include "cards/kinds.hpp"

#include "cards/table.hpp"

#include <algorithm>
#include <ranges>

namespace vscard::cards {
namespace {

constexpr std::string_view kName = "name";
/// Where the meanings begin, in help.
constexpr std::size_t kMeaningColumn = 32;

/// Without a trace of Open in this file.
consteval std::array<const Kind*, kTable.size()> kinds_of_table() {
  std::array<const Kind*, kTable.size()> kinds{};
  std::ranges::transform(kTable, kinds.begin(), &KindEntry::kind);
  return kinds;
}

std::unexpected<Failure> failure(std::string text) {
  return std::unexpected(Failure{std::move(text)});
}

/// "a, b and c".
std::string join(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 < words.size() ? ", " : " and ";
    text += words[i];
  }
  return text;
}

std::string known_forms(Kinds kinds) {
  std::vector<std::string_view> forms;
  for (const Kind* kind : kinds) {
    for (const CardForm& form : kind->forms) forms.push_back(form.text);
  }
  return forms.empty() ? "none in this build" : join(forms);
}

std::vector<const Kind*> kinds_named(std::string_view name, Kinds kinds) {
  std::vector<const Kind*> named;
  for (const Kind* kind : kinds) {
    if (kind->name == name) named.push_back(kind);
  }
  return named;
}

bool knows(const Kind& kind, const std::string& key) {
  return key == kName || std::ranges::find(kind.keys, key) != kind.keys.end();
}

/// Of those with one name, the first that has all the keys; null: none has.
const Kind* choose_by_keys(const std::vector<const Kind*>& named, const chardev::KeyList& list) {
  const auto has_all = [&list](const Kind* kind) {
    return kind->syntax == Kind::Syntax::Address ||
           std::ranges::all_of(list.keys | std::views::keys,
                               [kind](const std::string& key) { return knows(*kind, key); });
  };
  const auto found = std::ranges::find_if(named, has_all);
  return found == named.end() ? nullptr : *found;
}

/// Why choose_by_keys() finds none.
std::unexpected<Failure> wrong_keys(const std::vector<const Kind*>& named,
                                    const chardev::KeyList& list) {
  std::string card = "--card " + std::string(named.front()->name);
  std::vector<std::string_view> known;
  for (const Kind* kind : named) known.insert(known.end(), kind->keys.begin(), kind->keys.end());
  known.push_back(kName);
  known.insert(known.end(), kExtraKeys.begin(), kExtraKeys.end());
  std::vector<std::string_view> used;
  for (const std::string& key : list.keys | std::views::keys) {
    if (std::ranges::find(known, key) == known.end()) {
      return failure(card.append(" has no key '").append(key) + "'; there are " + join(known));
    }
    if (key != kName && std::ranges::find(used, key) == used.end()) used.push_back(key);
  }
  return failure(card + ": the keys " + join(used) + " do not go together");
}

Result<std::vector<const Kind*>> find_kinds(std::string_view name, Kinds kinds) {
  auto named = kinds_named(name, kinds);
  const std::string quoted = "'" + std::string(name) + "'";
  if (named.empty()) {
    return failure("unknown card " + quoted + "; there are " + known_forms(kinds));
  }
  return named;
}

Result<> check_present(const Kind& kind) {
  if (kind.lacks.empty()) return {};
  return failure("this build has no card '" + std::string(kind.name) +
                 "': it was configured with " + std::string(kind.lacks) + "=OFF");
}

Result<CardSpec> make(const std::vector<const Kind*>& named, chardev::KeyList list) {
  auto extras = take_extras(list);
  if (!extras) {
    return std::unexpected(extras.error().about("--card " + std::string(named.front()->name)));
  }
  const Kind* kind = choose_by_keys(named, list);
  for (const Kind* it : named) {
    const bool meant = kind == nullptr || it == kind;
    if (const auto present = check_present(*it); meant && !present) {
      return std::unexpected(present.error());
    }
  }
  if (kind == nullptr) return wrong_keys(named, list);
  auto name = list.last(kName);
  if (name && name->empty()) return failure("a card's name cannot be empty");
  auto details = kind->parse(list);
  if (!details) return std::unexpected(details.error());
  return CardSpec{.kind = kind,
                  .name = name.value_or(""),
                  .details = std::move(*details),
                  .extras = std::move(*extras)};
}

/// An address may be left out, and keys stand alone.
bool begins_with_key(const std::string& rest) {
  const std::string_view key = std::string_view(rest).substr(0, rest.find('='));
  return key.size() < rest.size() &&
         (key == kName || std::ranges::find(kExtraKeys, key) != kExtraKeys.end());
}

/// What follows the kind's name.
Result<chardev::KeyList> parse_rest(Kind::Syntax syntax, const std::string& rest) {
  switch (syntax) {
    case Kind::Syntax::Verbatim:
      return chardev::KeyList{.head = rest, .keys = {}};
    case Kind::Syntax::Address:
      return chardev::parse_key_list(begins_with_key(rest) ? "," + rest : rest);
    case Kind::Syntax::File:
      return chardev::parse_key_list(rest);
    case Kind::Syntax::Keys:
      return chardev::parse_key_list(rest.empty() ? "" : "," + rest);
  }
  return failure("a kind without syntax");
}

/// "soft:me.p12": a file is no key, but says which one it wants.
Result<> check_key(const std::vector<const Kind*>& named, const std::string& rest) {
  const auto list = chardev::parse_key_list(rest);
  if (!list || list->head.find('=') != std::string::npos) return {};
  for (const Kind* kind : named) {
    const std::string_view key = kind->key_of_file == nullptr ? "" : kind->key_of_file(list->head);
    if (key.empty()) continue;
    const std::string card = "--card " + std::string(kind->name) + ":";
    std::string text = card + rest + " has a file without its key; say ";
    return failure(text.append(card).append(key).append("=").append(rest));
  }
  return {};
}

}  // namespace

Kinds kinds() {
  static constexpr auto kKinds = kinds_of_table();
  return kKinds;
}

Result<CardSpec> parse_card_spec(std::string_view text, Kinds kinds) {
  const std::size_t end = text.find_first_of(":,");
  const auto named = find_kinds(text.substr(0, end), kinds);
  if (!named) return std::unexpected(named.error());
  if (std::ranges::all_of(*named, [](const Kind* kind) { return !kind->lacks.empty(); })) {
    return std::unexpected(check_present(*named->front()).error());
  }
  const std::string rest(end == std::string_view::npos ? "" : text.substr(end + 1));
  if (const auto keyed = check_key(*named, rest); !keyed) return std::unexpected(keyed.error());
  const auto list = parse_rest(named->front()->syntax, rest);
  return list ? make(*named, *list) : std::unexpected(list.error());
}

Result<CardSpec> make_card_spec(std::string_view kind, const chardev::KeyList& list, Kinds kinds) {
  const auto named = find_kinds(kind, kinds);
  return named ? make(*named, list) : std::unexpected(named.error());
}

Result<> name_cards(const std::vector<CardSpec*>& specs,
                    const std::function<std::string(const std::string&)>& shown_as) {
  std::vector<std::string> taken;
  const auto take = [&](const std::string& name) {
    const std::string shown = shown_as(name);
    if (std::ranges::find(taken, shown) != taken.end()) return false;
    taken.push_back(shown);
    return true;
  };
  for (const CardSpec* spec : specs) {
    if (spec->name.empty() || take(spec->name)) continue;
    return failure("two cards are named '" + spec->name + "'");
  }
  for (CardSpec* spec : specs) {
    if (!spec->name.empty()) continue;
    const std::string stem(spec->kind->stem);
    spec->name = stem;
    for (int number = 2; !take(spec->name); ++number) spec->name = stem + std::to_string(number);
  }
  return {};
}

std::string describe_kinds(Kinds kinds) {
  std::string text;
  for (const Kind* kind : kinds) {
    for (const CardForm& form : kind->forms) {
      std::string line = "  " + std::string(form.text);
      line.resize(std::max(line.size() + 2, kMeaningColumn), ' ');
      for (const char c : form.meaning) {
        line += c;
        if (c == '\n') line.append(kMeaningColumn, ' ');
      }
      text += line + '\n';
    }
    if (!kind->lacks.empty()) text += "  " + std::string(kind->name) + " …: not in this build\n";
  }
  return text.append(describe_extras());
}

}  // namespace vscard::cards
