#include "pcsc-bridge/run/client_process.hpp"

#include "async/first_of.hpp"
#include "program/control_client.hpp"
#include "program/events.hpp"
#include "program/log.hpp"

#include <csignal>
#include <utility>

namespace vscard::pcsc_bridge::run {

using program::Lines;
using program::Words;

ClientProcess::ClientProcess(std::string card, std::string reader, std::string control,
                             std::optional<chardev::Child> process)
    : CardClient(std::move(card), std::move(reader)),
      control_(std::move(control)),
      process_(std::move(process)) {}

void ClientProcess::lose_reader() {
  CardClient::lose_reader();
  if (process_) process_->signal(SIGTERM);
}

Awaitable<Result<std::string>> ClientProcess::ask(Words words, protocol::Duration patience) const {
  co_return co_await program::ask(control_, words, patience);
}

Awaitable<void> ClientProcess::relay(Words words, Lines lines) const {
  const auto pass_on = [&lines](std::string_view event) {
    // The client's connection is the business of this program.
    if (!program::is_remote_event(event)) lines->push(event);
  };
  auto following = program::follow(control_, std::move(words), pass_on);
  const auto followed = co_await async::cut_short(std::move(following), lines->wait_closed());
  if (!followed) co_return;
  if (*followed || has_ended()) {
    lines->push(program::card_event({"card", card()}, "gone", std::nullopt).text());
  } else {
    log::warning("cannot watch the card '{}': {}", card(), followed->error().text);
  }
}

}  // namespace vscard::pcsc_bridge::run
