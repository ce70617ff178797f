#include "pcsc-bridge/run/own_card.hpp"

#include <utility>
#include <variant>

namespace vscard::pcsc_bridge::run {

using program::Lines;
using program::Words;

OwnCard::OwnCard(std::string card, std::string reader, const cards::link::HeldCard& held,
                 program::Watchers& watchers)
    : CardClient(std::move(card), std::move(reader)),
      held_{held},
      commands_(held_, watchers, [] {}) {}

/// They are done in time: a link waits for its host as long as a client does.
Awaitable<Result<std::string>> OwnCard::ask(Words words, protocol::Duration /*patience*/) const {
  auto answer = co_await commands_.table().run(std::move(words));
  if (!answer) co_return std::unexpected(answer.error());
  auto* text = std::get_if<std::string>(&*answer);
  co_return text != nullptr ? std::move(*text) : std::string();
}

Awaitable<void> OwnCard::relay(Words /*words*/, Lines lines) const {
  lines->push(held_.front().link->card_event().text());
  co_return;
}

}  // namespace vscard::pcsc_bridge::run
