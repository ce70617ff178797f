#pragma once

#include "cards/cards.hpp"
#include "program/command_table.hpp"
#include "vscclient/card_link.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vscard::vscclient {

/// The commands of the console and of `vscclient ctl`: those of libcacard's client, with names
/// beside numbers, JSON, and `watch`.
class Commands {
 public:
  using CardLinks = std::vector<std::unique_ptr<CardLink>>;

  /// `card_links`, `cards`, which has the card of each link, and `watchers` outlive this object;
  /// `leave` is called for "exit".
  Commands(const CardLinks& card_links, const cards::Cards& cards, program::Watchers& watchers,
           std::function<void()> leave);

  const program::CommandTable& table() const { return table_; }
  /// Their help, for those who have no running program.
  static std::string help();

 private:
  program::CommandTable make_table(program::Watchers& watchers, std::function<void()> leave);
  using Act = Awaitable<Result<>> (CardLink::*)();
  program::Command on_card(std::string name, std::string text, Act act);
  Awaitable<Result<std::string>> act_on_card(Act act, program::Words arguments) const;
  std::vector<program::StatusReport> reports() const;
  Result<std::string> select(const program::Words& arguments);
  /// Which card the argument names; without one, the selected card.
  Result<std::size_t> card_of(const program::Words& arguments) const;

  Result<std::string> fault(program::Words arguments) const;
  std::string list_faults() const;

  const CardLinks& card_links_;
  const cards::Cards& cards_;
  std::size_t selected_ = 0;
  program::CommandTable table_;
};

}  // namespace vscard::vscclient
