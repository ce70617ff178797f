#include "cards/replay/by_command.hpp"

#include <utility>

namespace vscard::cards::replay {

ByCommand::ByCommand(std::string file, std::vector<Step> script, Tell warn)
    : file_(std::move(file)), warn_(std::move(warn)) {
  Place place;
  for (const Step& step : script) add(step, place);
}

void ByCommand::add(const Step& step, Place& place) {
  if (const auto* exchange = std::get_if<Exchange>(&step)) {
    const auto& command = exchange->command.bytes;
    entries_.push_back({.exchange = *exchange, .place = place.at(command)});
    if (exchange->response) place.pass(command, exchange->response->bytes);
    return;
  }
  place = {};
  const auto* const happening = std::get_if<Happening>(&step);
  if (inserted_ || happening == nullptr) return;
  if (std::holds_alternative<CardInserted>(happening->event)) inserted_ = *happening;
}

Player::Answer ByCommand::transmit(protocol::Bytes command) {
  const auto got = blanking_.command(command);
  const Place here = place_.at(command);
  Entry* found = find(command, [&](const Entry& entry) { return entry.place == here; });
  if (found == nullptr) {
    found = find(command, [&](const Entry& entry) {
      const auto& response = entry.exchange.response;
      return is_behind(entry.place, here) && response && is_success(response->bytes);
    });
  }
  if (found == nullptr) {
    warn_(file_ + ": there is no answer here to " + describe(got));
    return unknown_answer();
  }
  found->used = true;
  const Exchange& exchange = found->exchange;
  if (exchange.response) place_.pass(exchange.command.bytes, exchange.response->bytes);
  return answer_of(exchange);
}

template <class Right>
ByCommand::Entry* ByCommand::find(protocol::Bytes command, Right right) {
  Entry* last = nullptr;
  for (Entry& entry : entries_) {
    if (!matches(entry.exchange.command, command) || !right(entry)) continue;
    last = &entry;
    if (!entry.used) break;
  }
  return last;
}

void ByCommand::reset() {
  place_ = {};
  blanking_.forget();
}

const Happening* ByCommand::next_happening() const { return inserted_ ? &*inserted_ : nullptr; }

}  // namespace vscard::cards::replay
