#include "pcsc-bridge/serve/reader_commands.hpp"

#include "pcsc-bridge/conf/reader_conf.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

using program::Json;
using program::ListRow;
using program::Words;

std::string text_of(const Service::ReaderView& view) {
  return fmt::format("{}  {}  {}", view.name, view.card ? "card" : "no card",
                     view.remote ? "client at " + *view.remote : "no client at " + view.address);
}

/// `own`: its card, if that is this process', which has a state beside what programs see of it.
ListRow row_of(const Service::ReaderView& view, const cards::link::CardLink* own) {
  std::vector<Json::Member> members{
      {"card", view.card}, {"reader", view.name}, {"link", view.address}, {"peer", view.remote}};
  if (own != nullptr) {
    members.emplace_back("own", own->name());
    members.emplace_back("state", cards::link::CardLink::name_of(own->status().state));
  }
  return {.json = Json::object(members), .text = text_of(view)};
}

/// Without what `list` shows before it.
Result<std::string> name_in(std::string word) {
  if (word.starts_with(conf::kBeforeName)) word.erase(0, conf::kBeforeName.size());
  if (const auto good = conf::check_name(word); !good) return std::unexpected(good.error());
  return word;
}

}  // namespace

std::vector<program::Command> reader_commands(AddReader add, RemoveReader remove) {
  const auto add_reader = [add = std::move(add)](const Words& arguments) -> Result<std::string> {
    const auto name = name_in(arguments.front());
    if (!name) return std::unexpected(name.error());
    return add(conf::reader_name(*name),
               arguments.size() > 1 ? std::optional(arguments[1]) : std::nullopt);
  };
  const auto remove_reader =
      [remove = std::move(remove)](const Words& arguments) -> Result<std::string> {
    const auto name = name_in(arguments.front());
    if (!name) return std::unexpected(name.error());
    auto removed = remove(conf::reader_name(*name));
    if (!removed) return std::unexpected(removed.error());
    return "";
  };
  return {{.name = "add-reader",
           .usage = "NAME [ENDPOINT]",
           .text = "a further reader; its card comes from ENDPOINT",
           .run = add_reader},
          {.name = "remove-reader",
           .usage = "NAME",
           .text = "pull the reader out and forget it",
           .run = remove_reader}};
}

std::vector<ListRow> reader_rows(const Service& pcsc,
                                 const std::vector<cards::link::HeldCard>& held) {
  std::vector<ListRow> rows;
  for (const auto& view : pcsc.readers()) {
    const auto own = std::ranges::find_if(held, [&view](const cards::link::HeldCard& card) {
      return conf::reader_name(card.link->name()) == view.name;
    });
    rows.push_back(row_of(view, own == held.end() ? nullptr : own->link));
  }
  return rows;
}

}  // namespace vscard::pcsc_bridge::serve
