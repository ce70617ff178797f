#include "cards/link/commands.hpp"

#include "cards/link/metrics.hpp"
#include "cards/link/pool_commands.hpp"
#include "program/common_commands.hpp"
#include "program/pairing_commands.hpp"
#include "program/trace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vscard::cards::link {
namespace {

using program::Json;
using program::ListRow;
using program::Words;

constexpr const char* kNotes =
    "CARD is a number or a name from list; without it, the selected card.";

ListRow row_of(const CardLink::Status& status, std::size_t number, bool selected) {
  return {
      .json = Json::object({{"card", status.card},
                            {"lacks", status.lacks.empty() ? Json(nullptr) : Json(status.lacks)},
                            {"link", status.link},
                            {"peer", status.remote},
                            {"pool", pool_json(status.lending)},
                            {"reader", status.reader},
                            {"round_trip", Json::seconds(status.round_trip)},
                            {"state", CardLink::name_of(status.state)}}),
      .text = fmt::format("{}{} {}  {}  {}  {}", selected ? '*' : ' ', number, status.card,
                          CardLink::name_of(status.state),
                          status.lacks.empty() ? "used at" : "no " + status.lacks + " at",
                          status.lacks_at)};
}

}  // namespace

Commands::Commands(const std::vector<HeldCard>& held, program::Watchers& watchers,
                   std::function<void()> leave)
    : held_(held), table_(make_table(watchers, std::move(leave))) {}

std::string Commands::help() {
  const std::vector<HeldCard> none;
  program::Watchers nobody;
  return Commands(none, nobody, [] {}).table().help();
}

program::CommandTable Commands::make_table(program::Watchers& watchers,
                                           std::function<void()> leave) {
  const auto rows = [this] {
    std::vector<ListRow> listed;
    for (std::size_t i = 0; i < held_.size(); ++i) {
      listed.push_back(row_of(held_[i].link->status(), i, i == selected()));
    }
    return listed;
  };
  const auto present = [this] {
    std::vector<Json> events;
    for (const HeldCard& card : held_) {
      events.push_back(card.link->card_event());
      events.push_back(card.link->remote_event());
    }
    return events;
  };
  const auto places = [this] {
    std::vector<program::PairingPlace> pairing;
    for (const HeldCard& card : held_) {
      if (auto* const place = card.link->pairing()) pairing.push_back({card.link->name(), place});
    }
    return pairing;
  };
  const auto lent = [this] {
    std::vector<LentCard> cards;
    for (const HeldCard& card : held_) {
      if (auto* const lending = card.link->lending()) cards.push_back({card.link->name(), lending});
    }
    return cards;
  };
  std::vector<program::Command> commands = moves();
  std::vector<program::Command> common{
      program::list_command("the cards: number, name, state, host", rows),
      pool_command(lent),
      {.name = "metrics",
       .usage = "",
       .text = "what is counted of the cards and their leases, for Prometheus",
       .run = [this](const Words& /*none*/) { return metrics(); }},
      status(),
      program::watch_command(watchers, present),
      program::trace_command(watchers),
      program::debug_command(),
      program::exit_command("end the program; the hosts see cards and readers removed",
                            std::move(leave))};
  const auto at = common.end() - 4;  // before those that all programs have
  std::ranges::copy(program::pairing_commands("CARD", places), std::inserter(common, at));
  std::ranges::move(common, std::back_inserter(commands));
  return program::CommandTable(std::move(commands), kNotes);
}

std::vector<program::Command> Commands::moves() {
  return {on_card("insert", "put the card back in", &CardLink::insert),
          on_card("remove", "pull the card out", &CardLink::remove),
          {.name = "select",
           .usage = "CARD",
           .text = "the card that insert, remove and fault use",
           .run = [this](const Words& arguments) { return select(arguments); }},
          {.name = "fault",
           .usage = "[CARD] [FAULT]... [--clear]",
           .text = "the card misbehaves from now on; without a FAULT: which faults there are\n"
                   "--clear: no more",
           .run = [this](const Words& arguments) { return fault(arguments); }}};
}

program::Command Commands::status() {
  return program::status_command("each card, its host and last command, and what is missing",
                                 [this] { return reports(); });
}

program::Command Commands::on_card(std::string name, std::string text, Act act) {
  const auto run = [this, act](Words arguments) { return act_on_card(act, std::move(arguments)); };
  return {.name = std::move(name), .usage = "[CARD]", .text = std::move(text), .run = run};
}

Awaitable<Result<std::string>> Commands::act_on_card(Act act, Words arguments) const {
  const auto card = card_of(arguments);
  if (!card) co_return std::unexpected(card.error());
  auto acting = (*held_[*card].link.*act)();
  const Result<> done = co_await std::move(acting);
  if (!done) co_return std::unexpected(done.error());
  co_return std::string();
}

std::vector<program::StatusReport> Commands::reports() const {
  std::vector<program::StatusReport> reports;
  for (const HeldCard& card : held_) reports.push_back(card.link->report());
  return reports;
}

Result<std::string> Commands::metrics() const {
  std::vector<CardLink::Status> cards;
  for (const HeldCard& card : held_) cards.push_back(card.link->status());
  return metrics_text(cards);
}

Result<std::string> Commands::select(const Words& arguments) {
  const auto card = card_of(arguments);
  if (!card) return std::unexpected(card.error());
  selected_ = held_[*card].link;
  return "";
}

Result<std::string> Commands::fault(Words arguments) const {
  const auto clears = std::erase(arguments, "--clear") > 0;
  const bool named = !arguments.empty() && card_of(arguments);
  const auto card = card_of(named ? arguments : Words());
  if (!card) return std::unexpected(card.error());
  if (named) arguments.erase(arguments.begin());
  std::vector<cards::faults::Fault> added;
  for (const std::string& text : arguments) {
    auto fault = cards::faults::parse_fault(text);
    if (!fault) return std::unexpected(fault.error());
    added.push_back(std::move(*fault));
  }
  if (added.empty() && !clears) return list_faults();
  auto& reader = *held_.at(*card).faults;
  if (clears) reader.clear();
  for (auto& fault : added) reader.add(std::move(fault));
  return "";
}

std::string Commands::list_faults() const {
  std::string text;
  for (const HeldCard& card : held_) {
    for (const auto& fault : card.faults->list()) {
      text += fmt::format("{}{}  {}  fired {} times", text.empty() ? "" : "\n", card.link->name(),
                          fault.text, fault.fired);
    }
  }
  return text;
}

std::size_t Commands::selected() const {
  const auto found = std::ranges::find(held_, selected_, &HeldCard::link);
  return found == held_.end() ? 0 : static_cast<std::size_t>(found - held_.begin());
}

Result<std::size_t> Commands::card_of(const Words& arguments) const {
  if (held_.empty()) return std::unexpected("there is no card");
  if (arguments.empty()) return selected();
  std::vector<std::string> names;
  for (const HeldCard& card : held_) names.push_back(card.link->name());
  return program::find_named(names, arguments.front(), "card");
}

}  // namespace vscard::cards::link
