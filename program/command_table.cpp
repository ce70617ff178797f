#include "program/command_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <utility>

namespace vscard::program {
namespace {

constexpr std::size_t kTextColumn = 20;  ///< of help

constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

/// How many arguments a usage has room for.
struct Arity {
  std::size_t least = 0;
  std::size_t most = 0;
  std::vector<std::string> options;  ///< may stand anywhere, and are not counted
};

Arity arity_of(const std::string& usage) {
  Arity arity;
  std::istringstream tokens(usage);
  bool optional = false;
  for (std::string token; tokens >> token;) {
    optional = optional || token.starts_with('[');
    const bool last = token.find(']') != std::string::npos;
    if (token.ends_with("...")) arity.most = kAnyNumber;
    std::erase_if(token, [](char c) { return c == '[' || c == ']'; });
    if (token.starts_with('-')) {
      arity.options.push_back(token);
    } else {
      if (!optional) ++arity.least;
      if (arity.most != kAnyNumber) ++arity.most;
    }
    if (last) optional = false;
  }
  return arity;
}

bool fits(const std::string& usage, const Words& arguments) {
  const Arity arity = arity_of(usage);
  const auto count = static_cast<std::size_t>(
      std::ranges::count_if(arguments, [&arity](const std::string& argument) {
        return std::ranges::count(arity.options, argument) == 0;
      }));
  return count >= arity.least && count <= arity.most;
}

std::string synopsis(const Command& command) {
  return command.usage.empty() ? command.name : command.name + " " + command.usage;
}

/// The synopsis, and from column kTextColumn on the text.
std::string describe(const Command& command) {
  std::string left = synopsis(command);
  std::string described;
  std::istringstream lines(command.text);
  for (std::string line; std::getline(lines, line);) {
    if (left.size() > kTextColumn - 2) described += std::exchange(left, "") + "\n";
    described += fmt::format("{:{}}{}\n", std::exchange(left, ""), kTextColumn, line);
  }
  return described;
}

Command help_command() {
  return {.name = "help", .usage = "", .text = "this text", .run = Command::Now()};
}

Result<Answer> answer(Result<std::string> text) {
  if (!text) return std::unexpected(std::move(text.error()));
  return std::move(*text);
}

}  // namespace

CommandTable::CommandTable(std::vector<Command> commands, std::string notes)
    : commands_(std::move(commands)), notes_(std::move(notes)) {
  commands_.push_back(help_command());
}

Awaitable<Result<Answer>> CommandTable::run(Words words) const {
  if (words.empty()) co_return "";
  const std::string name = words.front();
  words.erase(words.begin());
  const Command* const command = find(name);
  if (command == nullptr) {
    co_return std::unexpected("unknown command '" + name + "'; help lists them");
  }
  if (!fits(command->usage, words)) co_return std::unexpected("usage: " + synopsis(*command));
  if (const auto* later = std::get_if<Command::Later>(&command->run)) {
    auto running = (*later)(std::move(words));
    co_return answer(co_await std::move(running));
  }
  if (const auto* streaming = std::get_if<Command::Streaming>(&command->run)) {
    co_return (*streaming)(words);
  }
  if (name == "help") co_return help();
  co_return answer(std::get<Command::Now>(command->run)(words));
}

std::string CommandTable::help() const {
  std::string text;
  for (const Command& command : commands_) text += describe(command);
  text += notes_;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

const Command* CommandTable::find(std::string_view name) const {
  const auto found = std::ranges::find_if(commands_, [name](const Command& command) {
    return command.name == name || (!command.alias.empty() && command.alias == name);
  });
  return found == commands_.end() ? nullptr : &*found;
}

}  // namespace vscard::program
