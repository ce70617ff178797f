#pragma once

#include "cards/faults/reader.hpp"
#include "cards/link/card_link.hpp"
#include "program/command_table.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vscard::cards::link {

/// A card that a user moves, and what may go wrong with it, which is within what the link has.
struct HeldCard {
  CardLink* link = nullptr;
  faults::Reader* faults = nullptr;
};

/// The commands of the console and of `vscclient ctl`: those of libcacard's client, with names
/// beside numbers, JSON, and `watch`.
class Commands {
 public:
  /// `held`, which may grow and shrink, and `watchers` outlive this object; `leave` is called for
  /// "exit".
  Commands(const std::vector<HeldCard>& held, program::Watchers& watchers,
           std::function<void()> leave);

  const program::CommandTable& table() const { return table_; }
  /// Those that do something to a card, for the table of another program: it has its own `list`.
  std::vector<program::Command> moves();
  program::Command status();
  /// Their help, for those who have no running program.
  static std::string help();

 private:
  program::CommandTable make_table(program::Watchers& watchers, std::function<void()> leave);
  using Act = Awaitable<Result<>> (CardLink::*)();
  program::Command on_card(std::string name, std::string text, Act act);
  Awaitable<Result<std::string>> act_on_card(Act act, program::Words arguments) const;
  std::vector<program::StatusReport> reports() const;
  Result<std::string> metrics() const;
  Result<std::string> select(const program::Words& arguments);
  /// The place of the card that was selected, or 0.
  std::size_t selected() const;
  /// Which card the argument names; without one, the selected card.
  Result<std::size_t> card_of(const program::Words& arguments) const;

  Result<std::string> fault(program::Words arguments) const;
  std::string list_faults() const;

  const std::vector<HeldCard>& held_;
  const CardLink* selected_ = nullptr;  ///< may be gone
  program::CommandTable table_;
};

}  // namespace vscard::cards::link
