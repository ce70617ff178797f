#include "program/common_commands.hpp"

#include "chardev/number.hpp"
#include "program/log.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vscard::program {
namespace {

constexpr const char* kWatch = "watch";
constexpr const char* kApdus = "--apdus";
constexpr const char* kBytes = "--bytes";

Detail detail_of(const Words& arguments) {
  if (std::ranges::count(arguments, kBytes) != 0) return Detail::Bytes;
  return arguments.empty() ? Detail::Changes : Detail::Apdus;
}

Command list_command_running(std::string text, decltype(Command::run) run) {
  return {.name = "list", .usage = "[--json]", .text = std::move(text), .run = std::move(run)};
}

/// libcacard's client counts, from 0; a name is clearer.
std::optional<log::Level> level_of(const std::string& word) {
  if (word == "0") return log::Level::Info;
  if (word == "1") return log::Level::Debug;
  if (word.find_first_not_of("0123456789") == std::string::npos) return log::Level::Trace;
  return log::parse_level(word);
}

Result<std::string> debug(const Words& arguments) {
  const auto level = level_of(arguments.empty() ? "1" : arguments.front());
  if (!level) return std::unexpected("unknown log level '" + arguments.front() + "'");
  log::set_level(*level);
  return "";
}

}  // namespace

std::string render(const std::vector<ListRow>& rows, const Words& arguments) {
  if (!arguments.empty()) {
    std::vector<Json> objects;
    for (const ListRow& row : rows) objects.push_back(row.json);
    return Json::array(objects).text();
  }
  std::string text;
  for (const ListRow& row : rows) text += (text.empty() ? "" : "\n") + row.text;
  return text;
}

Command rows_command(std::string name, std::string text,
                     std::function<Result<std::vector<ListRow>>()> rows) {
  const auto show = [rows = std::move(rows)](const Words& arguments) -> Result<std::string> {
    const auto shown = rows();
    if (!shown) return std::unexpected(shown.error());
    return render(*shown, arguments);
  };
  return {.name = std::move(name), .usage = "[--json]", .text = std::move(text), .run = show};
}

Command list_command(std::string text, std::function<std::vector<ListRow>()> rows) {
  const auto list = [rows = std::move(rows)](const Words& arguments) -> Result<std::string> {
    return render(rows(), arguments);
  };
  return list_command_running(std::move(text), list);
}

Command list_command(std::string text, std::function<Awaitable<std::vector<ListRow>>()> rows) {
  const auto list = [rows = std::move(rows)](Words arguments) -> Awaitable<Result<std::string>> {
    auto listing = rows();
    const std::vector<ListRow> listed = co_await std::move(listing);
    co_return render(listed, arguments);
  };
  return list_command_running(std::move(text), list);
}

Words words_of(Detail detail) {
  if (detail == Detail::Changes) return {kWatch};
  return {kWatch, detail == Detail::Apdus ? kApdus : kBytes};
}

Command watch_command(Watchers& watchers, std::function<std::vector<Json>()> present) {
  return watch_command([&watchers, present = std::move(present)](Detail detail) {
    return watchers.add(detail, present());
  });
}

Command watch_command(std::function<Result<Lines>(Detail detail)> watch) {
  const auto run = [watch = std::move(watch)](const Words& arguments) {
    return watch(detail_of(arguments));
  };
  return {.name = kWatch,
          .usage = "[--apdus] [--bytes]",
          .text =
              "events, one JSON object in each line; with --apdus also commands and\n"
              "responses, without their data; with --bytes they have all but what may\n"
              "be a PIN or a key",
          .run = run};
}

Command debug_command() {
  return {.name = "debug",
          .usage = "[LEVEL]",
          .text = "set what is logged: trace, debug (1), info (0), warning, error, off",
          .run = debug};
}

Command exit_command(std::string text, std::function<void()> leave) {
  const auto exit = [leave = std::move(leave)](const Words&) -> Result<std::string> {
    leave();
    return "";
  };
  return {.name = "exit", .usage = "", .text = std::move(text), .run = exit, .alias = "quit"};
}

Result<std::size_t> find_named(const std::vector<std::string>& names, const std::string& word,
                               const std::string& kind) {
  const auto named = std::ranges::find(names, word);
  if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
  const auto number = chardev::parse_number<std::size_t>(word, 0, names.size());
  if (number && *number < names.size()) return *number;
  return std::unexpected("unknown " + kind + " '" + word + "'; list shows the " + kind + "s");
}

}  // namespace vscard::program
