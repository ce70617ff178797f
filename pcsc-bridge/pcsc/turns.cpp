#include "pcsc-bridge/pcsc/turns.hpp"

#include <algorithm>
#include <utility>

namespace vscard::pcsc_bridge::pcsc {

void Turns::add(Turn turn, Time now) {
  forget_places(now);
  const bool bounded = turn.card != HandleId{};
  const auto kept = std::ranges::find_if(places_, [&](const Place& place) {
    return bounded && !place.request && place.card == turn.card;
  });
  Place& place = kept != places_.end() ? *kept : places_.emplace_back();
  place = {.card = turn.card,
           .connection = turn.connection,
           .request = std::move(turn.request),
           .until = {}};
  if (bounded) place.until = now + kBeginPatience;
}

std::optional<Turns::Turn> Turns::take() {
  const auto first =
      std::ranges::find_if(places_, [](const Place& place) { return place.request.has_value(); });
  if (first == places_.end()) return std::nullopt;
  Turn turn{first->connection, first->card, std::move(*first->request)};
  places_.erase(first);
  return turn;
}

std::optional<Turns::Turn> Turns::take_late(Time now) {
  for (Place& place : places_) {
    if (!place.request || !place.until || now < *place.until) continue;
    Turn turn{place.connection, place.card, std::move(*place.request)};
    place.request.reset();
    place.until = now + kPlaceKept;
    return turn;
  }
  return std::nullopt;
}

void Turns::drop(ConnectionId connection) {
  std::erase_if(places_, [&](const Place& place) { return place.connection == connection; });
}

std::optional<Time> Turns::deadline() const {
  std::optional<Time> first;
  for (const Place& place : places_) {
    if (place.request && place.until) first = std::min(first.value_or(*place.until), *place.until);
  }
  return first;
}

void Turns::forget_places(Time now) {
  std::erase_if(places_, [&](const Place& place) { return !place.request && now >= *place.until; });
}

}  // namespace vscard::pcsc_bridge::pcsc
