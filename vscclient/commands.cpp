#include "vscclient/commands.hpp"

#include "program/log.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <utility>

namespace vscard::vscclient {
namespace {

using program::CommandResult;

constexpr const char* kHelp =
    "insert [CARD]    put the card back in\n"
    "remove [CARD]    pull the card out\n"
    "select CARD      the card that insert and remove mean\n"
    "list [--json]    the cards: number, name, state, host\n"
    "debug [LEVEL]    what is logged: 0, 1, 2, or trace, debug, info, warning, error, off\n"
    "exit             leave: cards and readers are removed from their hosts\n"
    "help             this text\n"
    "CARD is a number or a name that list shows.";

const char* text_of(CardLink::CardState state) {
  switch (state) {
    case CardLink::CardState::Inserted:
      return "inserted";
    case CardLink::CardState::Removed:
      return "removed";
    case CardLink::CardState::Absent:
      return "absent";
  }
  return "";
}

/// libcacard's client counts, from 0; a name is clearer.
std::optional<log::Level> level_of(const std::string& word) {
  if (word == "0") return log::Level::Info;
  if (word == "1") return log::Level::Debug;
  if (word.find_first_not_of("0123456789") == std::string::npos) return log::Level::Trace;
  return log::parse_level(word);
}

CommandResult debug(const std::vector<std::string>& words) {
  const auto level = level_of(words.size() > 1 ? words[1] : "1");
  if (!level) return std::unexpected("there is no level '" + words[1] + "'");
  log::set_level(*level);
  return "";
}

}  // namespace

Commands::Commands(const std::vector<std::unique_ptr<CardLink>>& card_links,
                   std::function<void()> leave)
    : card_links_(card_links), leave_(std::move(leave)) {}

CommandResult Commands::run(const std::vector<std::string>& words) {
  if (words.empty()) return "";
  const std::string& name = words.front();
  if (name == "insert") return insert(words);
  if (name == "remove") return remove(words);
  if (name == "select") return select(words);
  if (name == "list") return list(words);
  if (name == "debug") return debug(words);
  if (name == "help") return kHelp;
  if (name == "exit" || name == "quit") {
    leave_();
    return "";
  }
  return std::unexpected("there is no command '" + name + "'; help lists them");
}

CommandResult Commands::insert(const std::vector<std::string>& words) {
  const auto card_link = card_link_of(words);
  if (!card_link) return std::unexpected(card_link.error());
  const auto done = (*card_link)->insert();
  return done ? CommandResult("") : std::unexpected(done.error());
}

CommandResult Commands::remove(const std::vector<std::string>& words) {
  const auto card_link = card_link_of(words);
  if (!card_link) return std::unexpected(card_link.error());
  const auto done = (*card_link)->remove();
  return done ? CommandResult("") : std::unexpected(done.error());
}

CommandResult Commands::select(const std::vector<std::string>& words) {
  if (words.size() != 2) return std::unexpected("select needs a card");
  const auto card_link = card_link_of(words);
  if (!card_link) return std::unexpected(card_link.error());
  for (std::size_t i = 0; i < card_links_.size(); ++i) {
    if (card_links_[i].get() == *card_link) selected_ = i;
  }
  return "";
}

CommandResult Commands::list(const std::vector<std::string>& words) {
  const bool json = words.size() == 2 && words[1] == "--json";
  if (words.size() > 1 && !json) return std::unexpected("list knows --json alone");
  auto rows = nlohmann::json::array();
  std::string text;
  for (std::size_t i = 0; i < card_links_.size(); ++i) {
    const CardLink::Status status = card_links_[i]->status();
    rows.push_back({{"card", status.card},
                    {"reader", status.reader},
                    {"state", text_of(status.state)},
                    {"link", status.link},
                    {"peer", nullptr}});
    if (status.peer) rows.back()["peer"] = *status.peer;
    text += fmt::format("{}{}{} {}  {}  {}  {}", text.empty() ? "" : "\n",
                        i == selected_ ? '*' : ' ', i, status.card, text_of(status.state),
                        status.peer ? "used at" : "no host at", status.peer.value_or(status.link));
  }
  // A name is the user's, and perhaps no UTF-8.
  return json ? rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : text;
}

/// The card that the second word names by number or name, or the selected one.
Result<CardLink*> Commands::card_link_of(const std::vector<std::string>& words) {
  if (words.size() < 2) return card_links_.at(selected_).get();
  if (words.size() > 2) return std::unexpected("one card at a time");
  const std::string& wanted = words[1];
  for (const auto& card_link : card_links_) {
    if (card_link->name() == wanted) return card_link.get();
  }
  std::size_t number = 0;
  const char* end = wanted.data() + wanted.size();
  const auto [stop, error] = std::from_chars(wanted.data(), end, number);
  if (error == std::errc{} && stop == end && number < card_links_.size())
    return card_links_[number].get();
  return std::unexpected("there is no card '" + wanted + "'; list shows the cards");
}

}  // namespace vscard::vscclient
