#pragma once

#include "program/command_table.hpp"

#include <functional>
#include <string>
#include <vector>

/// The commands that programs have alike.
namespace vscard::program {

/// What `list` shows of one thing: its object in --json, and its line else.
struct ListRow {
  Json json;
  std::string text;
};

/// Such rows, one below the other; with any argument, which is --json, an array.
std::string render(const std::vector<ListRow>& rows, const Words& arguments);

/// `NAME [--json]`, which shows such rows. `text` is its help.
Command rows_command(std::string name, std::string text,
                     std::function<Result<std::vector<ListRow>>()> rows);
/// `list [--json]`. `text` is its help.
Command list_command(std::string text, std::function<std::vector<ListRow>()> rows);
/// The same for rows that have to be waited for.
Command list_command(std::string text, std::function<Awaitable<std::vector<ListRow>>()> rows);

/// `watch [--apdus] [--bytes]`: first the events of `present`, which show what there is, then those
/// of `watchers`, which outlive the command.
Command watch_command(Watchers& watchers, std::function<std::vector<Json>()> present);
/// The same for events that come from elsewhere.
Command watch_command(std::function<Result<Lines>(Detail detail)> watch);

/// The words that ask another program for this.
Words words_of(Detail detail);

/// `debug [LEVEL]`: what is logged. A level has a name, or a number as with libcacard's client.
Command debug_command();

/// `exit`
Command exit_command(std::string text, std::function<void()> leave);

/// Which of the names a user means who writes `word`: one of them, or its number from 0 on. `kind`
/// is for the error: "unknown KIND '7'; list shows the KINDs".
Result<std::size_t> find_named(const std::vector<std::string>& names, const std::string& word,
                               const std::string& kind);

}  // namespace vscard::program
