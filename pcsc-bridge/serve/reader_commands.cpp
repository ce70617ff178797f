#include "pcsc-bridge/serve/reader_commands.hpp"

#include "pcsc-bridge/conf/reader_conf.hpp"

#include <fmt/core.h>

#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

using program::Json;
using program::ListRow;
using program::Words;

ListRow row_of(const Service::ReaderView& view) {
  return {.json = Json::object({{"card", view.card},
                                {"reader", view.name},
                                {"link", view.address},
                                {"peer", view.remote}}),
          .text = fmt::format(
              "{}  {}  {}", view.name, view.card ? "card" : "no card",
              view.remote ? "client at " + *view.remote : "no client at " + view.address)};
}

}  // namespace

std::vector<program::Command> reader_commands(Service& pcsc, AddReader add) {
  const auto add_reader = [add = std::move(add)](const Words& arguments) {
    const bool has_endpoint = arguments.size() > 1;
    return add(conf::reader_name(arguments.front()),
               has_endpoint ? std::optional(arguments[1]) : std::nullopt);
  };
  const auto remove_reader = [&pcsc](const Words& arguments) -> Result<std::string> {
    auto removed = pcsc.remove_reader(conf::reader_name(arguments.front()));
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

std::vector<ListRow> reader_rows(const Service& pcsc) {
  std::vector<ListRow> rows;
  for (const auto& view : pcsc.readers()) rows.push_back(row_of(view));
  return rows;
}

}  // namespace vscard::pcsc_bridge::serve
