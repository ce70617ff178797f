#pragma once

#include "pcsc-bridge/run/card_client.hpp"
#include "program/common_commands.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// With a client's answer. Shorter than a control server's: that would otherwise give up first, and
/// not tell which client it was.
inline constexpr std::chrono::seconds kClientPatience{5};

using CardClients = std::vector<std::unique_ptr<CardClient>>;

/// Commands for cards that several programs serve, as if one did.
class CardControl {
 public:
  /// `clients` outlive this object and what the executor runs.
  /// `more` are commands beside those for cards.
  CardControl(const CardClients& clients, asio::any_io_executor executor,
              protocol::Duration patience = kClientPatience,
              std::vector<program::Command> more = {});

  const program::CommandTable& table() const { return table_; }
  /// Who watches, for what this process publishes itself.
  program::Watchers& watchers() { return watchers_; }
  /// What `ctl watch` shows: of this process, and of the clients that there are.
  Result<program::Lines> watch(program::Detail detail);
  /// The card that was in the reader is gone with it.
  void lose_reader(const std::string& reader);
  /// Their help, for those who have no running program.
  static std::string help();

 private:
  using Answers = std::vector<Result<std::string>>;
  using Clients = std::vector<const CardClient*>;

  program::CommandTable make_table(std::vector<program::Command> more);
  /// Asks the client of the card that the arguments name to insert or remove it.
  Awaitable<Result<std::string>> move(std::string command, program::Words arguments) const;
  Awaitable<Result<std::string>> fault(program::Words arguments) const;
  /// Those whose readers are there.
  Clients present() const;
  /// Which card has the name or number that comes first; without one, the first card.
  Result<const CardClient*> find(const program::Words& arguments) const;
  Awaitable<std::vector<program::ListRow>> list() const;
  Awaitable<Result<std::string>> status() const;
  /// Give each client the same command; `answers` has a place for each.
  Awaitable<void> ask_all(const Clients& clients, const program::Words& words, Answers& answers,
                          std::size_t from) const;
  Awaitable<void> ask_one(const CardClient& client, const program::Words& words,
                          Result<std::string>& answer) const;

  const CardClients& clients_;
  asio::any_io_executor executor_;
  protocol::Duration patience_;
  program::Watchers watchers_;
  program::CommandTable table_;
};

}  // namespace vscard::pcsc_bridge::run
