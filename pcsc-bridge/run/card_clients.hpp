#pragma once

#include "pcsc-bridge/run/child.hpp"
#include "program/common_commands.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// A vscclient for one card.
struct CardClient {
  std::string card;     ///< its name
  std::string reader;   ///< as pcscd's configuration has it
  std::string control;  ///< address of its control socket
  std::optional<Child> process;
};

/// Commands for cards that several programs serve, as if one did.
class CardControl {
 public:
  /// `clients` outlive this object and what the executor runs.
  CardControl(const std::vector<CardClient>& clients, asio::any_io_executor executor);

  const program::CommandTable& table() const { return table_; }
  /// Their help, for those who have no running program.
  static std::string help();

 private:
  program::CommandTable make_table();
  /// Asks the client of the card that the arguments name to insert or remove it.
  Awaitable<Result<std::string>> move(std::string command, program::Words arguments) const;
  Awaitable<std::vector<program::ListRow>> list() const;
  Result<program::Lines> watch(program::Detail detail);

  const std::vector<CardClient>& clients_;
  asio::any_io_executor executor_;
  program::Watchers watchers_;
  program::CommandTable table_;
};

}  // namespace vscard::pcsc_bridge::run
