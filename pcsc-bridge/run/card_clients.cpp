#include "pcsc-bridge/run/card_clients.hpp"

#include "async/first_of.hpp"
#include "async/spawn.hpp"
#include "pcsc-bridge/serve/reader_commands.hpp"
#include "program/events.hpp"
#include "program/trace.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

using program::Json;
using program::ListRow;
using program::Words;

constexpr const char* kNotes = "CARD is a number or a name from list; without it, the first card.";

/// The state in what a vscclient answers to "list --json"; "gone" if it does not.
std::string state_in(const Result<std::string>& answer) {
  return answer ? program::find_state(*answer).value_or("gone") : "gone";
}

ListRow row_of(const CardClient& client, std::size_t number, const std::string& state) {
  return {.json = Json::object(
              {{"card", client.card()}, {"reader", client.reader()}, {"state", state}}),
          .text = fmt::format("{} {}  {}  {}", number, client.card(), state, client.reader())};
}

/// What becomes of its reader.
Json event_of(const CardClient& client, std::string_view state) {
  return program::reader_event({"reader", client.reader()}, state, {{"card", client.card()}});
}

/// What a vscclient tells of its one card; or that it does not.
std::string status_of(const CardClient& client, const Result<std::string>& answer) {
  return answer ? *answer : fmt::format("card {}: gone\n  {}", client.card(), answer.error().text);
}

}  // namespace

CardControl::CardControl(const CardClients& clients, asio::any_io_executor executor,
                         protocol::Duration patience, std::vector<program::Command> more)
    : clients_(clients),
      executor_(std::move(executor)),
      patience_(patience),
      table_(make_table(std::move(more))) {}

std::string CardControl::help() {
  const CardClients none;
  asio::io_context unused;
  program::Watchers nobody;
  std::vector<program::Command> more = serve::reader_commands({}, {});
  more.push_back(program::trace_command(nobody));
  return CardControl(none, unused.get_executor(), kClientPatience, std::move(more)).table().help();
}

program::CommandTable CardControl::make_table(std::vector<program::Command> more) {
  const auto on_card = [this](std::string name, std::string text) -> program::Command {
    const auto run = [this, name](Words arguments) { return move(name, std::move(arguments)); };
    return {.name = name, .usage = "[CARD]", .text = std::move(text), .run = run};
  };
  std::vector<program::Command> commands{
      on_card("insert", "put the card back in"),
      on_card("remove", "pull the card out"),
      {.name = "fault",
       .usage = "[CARD] [FAULT]... [--clear]",
       .text = "the card misbehaves from now on; without a FAULT: which faults there are\n"
               "--clear: no more",
       .run = [this](Words arguments) { return fault(std::move(arguments)); }},
      program::list_command("the cards: number, name, state, reader", [this] { return list(); }),
      {.name = "status",
       .usage = "",
       .text = "each card, its host and last command, and what is missing",
       .run = [this](const Words&) { return status(); }},
      program::watch_command([this](program::Detail detail) { return watch(detail); })};
  std::ranges::move(more, std::back_inserter(commands));
  return program::CommandTable(std::move(commands), kNotes);
}

void CardControl::lose_reader(const std::string& reader) {
  for (const auto& client : clients_) {
    if (client->gone() || client->reader() != reader) continue;
    client->lose_reader();
    watchers_.publish([&client] { return event_of(*client, "removed"); });
  }
}

CardControl::Clients CardControl::present() const {
  Clients present;
  for (const auto& client : clients_) {
    if (!client->gone()) present.push_back(client.get());
  }
  return present;
}

Result<const CardClient*> CardControl::find(const Words& arguments) const {
  const Clients clients = present();
  if (clients.empty()) return std::unexpected("there is no card");
  if (arguments.empty()) return clients.front();
  std::vector<std::string> names;
  for (const auto* client : clients) names.push_back(client->card());
  const auto index = program::find_named(names, arguments.front(), "card");
  if (!index) return std::unexpected(index.error());
  return clients[*index];
}

Awaitable<Result<std::string>> CardControl::move(std::string command, Words arguments) const {
  const auto client = find(arguments);
  if (!client) co_return std::unexpected(client.error());
  Words words{std::move(command)};
  co_return co_await (*client)->ask(std::move(words), patience_);
}

/// What is not the name of a card is a fault, of which the card's client knows more.
Awaitable<Result<std::string>> CardControl::fault(Words arguments) const {
  const bool named = !arguments.empty() && find(arguments);
  const auto client = find(named ? arguments : Words());
  if (!client) co_return std::unexpected(client.error());
  Words words{"fault"};
  words.insert(words.end(), arguments.begin() + (named ? 1 : 0), arguments.end());
  co_return co_await (*client)->ask(std::move(words), patience_);
}

Awaitable<std::vector<ListRow>> CardControl::list() const {
  const Words words{"list", "--json"};
  const Clients clients = present();
  Answers answers(clients.size());
  co_await ask_all(clients, words, answers, 0);
  std::vector<ListRow> rows;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    rows.push_back(row_of(*clients[i], i, state_in(answers[i])));
  }
  co_return rows;
}

Awaitable<Result<std::string>> CardControl::status() const {
  const Words words{"status"};
  const Clients clients = present();
  Answers answers(clients.size());
  co_await ask_all(clients, words, answers, 0);
  std::string shown;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    shown += (shown.empty() ? "" : "\n") + status_of(*clients[i], answers[i]);
  }
  co_return shown;
}

/// Those from `from` on, all at a time: a silent one delays the answer once.
Awaitable<void> CardControl::ask_all(const Clients& clients, const Words& words, Answers& answers,
                                     std::size_t from) const {
  if (from == clients.size()) co_return;
  auto asking = async::all_of(ask_one(*clients[from], words, answers[from]),
                              ask_all(clients, words, answers, from + 1));
  co_await std::move(asking);
}

Awaitable<void> CardControl::ask_one(const CardClient& client, const Words& words,
                                     Result<std::string>& answer) const {
  auto answered = co_await client.ask(words, patience_);
  answer = std::move(answered);
}

Result<program::Lines> CardControl::watch(program::Detail detail) {
  const Clients clients = present();
  std::vector<Json> added;
  for (const auto* client : clients) added.push_back(event_of(*client, "added"));
  auto lines = watchers_.add(detail, added);
  if (!lines) return lines;
  const program::Words command = program::words_of(detail);
  for (const auto* client : clients) {
    async::spawn(executor_, client->relay(command, *lines));
  }
  return lines;
}

}  // namespace vscard::pcsc_bridge::run
