#include "pcsc-bridge/run/card_clients.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

using program::CommandResult;

constexpr const char* kHelp =
    "insert [CARD]    put the card back in\n"
    "remove [CARD]    pull the card out\n"
    "list [--json]    the cards: number, name, state, reader\n"
    "help             this text\n"
    "CARD is a number or a name that list shows; where it is left out, the first.";

/// The state in what a vscclient answers to "list --json"; "gone" if it does not.
std::string state_in(const CommandResult& answer) {
  if (!answer) return "gone";
  const auto rows = nlohmann::json::parse(*answer, nullptr, false);
  if (!rows.is_array() || rows.empty() || !rows[0].is_object()) return "gone";
  const auto state = rows[0].find("state");
  return state != rows[0].end() && state->is_string() ? state->get<std::string>() : "gone";
}

}  // namespace

Awaitable<CommandResult> CardControl::run(std::vector<std::string> words) const {
  if (words.empty()) co_return "";
  const std::string name = words.front();
  if (name == "help") co_return kHelp;
  if (name != "list" && name != "insert" && name != "remove") {
    co_return std::unexpected("there is no command '" + name + "'; help lists them");
  }
  auto running = name == "list" ? list(std::move(words)) : move(std::move(words));
  co_return co_await std::move(running);
}

Awaitable<CommandResult> CardControl::move(std::vector<std::string> words) const {
  const auto client = client_of(words);
  if (!client) co_return std::unexpected(client.error());
  auto asking = program::ask((*client)->control, {words.front()});
  co_return co_await std::move(asking);
}

Awaitable<CommandResult> CardControl::list(std::vector<std::string> words) const {
  const bool json = words.size() == 2 && words[1] == "--json";
  if (words.size() > 1 && !json) co_return std::unexpected("list knows --json alone");
  auto rows = nlohmann::json::array();
  std::string text;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const CardClient& client = clients_[i];
    auto asking = program::ask(client.control, {"list", "--json"});
    const CommandResult answer = co_await std::move(asking);
    const std::string state = state_in(answer);
    rows.push_back({{"card", client.card}, {"state", state}, {"reader", client.reader}});
    text += fmt::format("{}{} {}  {}  {}", text.empty() ? "" : "\n", i, client.card, state,
                        client.reader);
  }
  // A name is the user's, and perhaps no UTF-8.
  co_return json ? rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : text;
}

Result<const CardClient*> CardControl::client_of(const std::vector<std::string>& words) const {
  if (words.size() > 2) return std::unexpected(words[0] + " takes one card");
  if (words.size() < 2) return &clients_.front();
  const std::string& word = words[1];
  for (const CardClient& client : clients_) {
    if (client.card == word) return &client;
  }
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc{} && end == word.data() + word.size() && number < clients_.size()) {
    return &clients_[number];
  }
  return std::unexpected("there is no card '" + word + "'; list shows the cards");
}

}  // namespace vscard::pcsc_bridge::run
