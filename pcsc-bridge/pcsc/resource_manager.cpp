#include "pcsc-bridge/pcsc/resource_manager.hpp"

#include "pcsc-bridge/pcsc/codec.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using protocol::Errc;

/// Bytes of requests beyond the one that is being answered. libpcsclite sends none.
constexpr std::size_t kMaxAhead = 2 * kMaxData;
/// Bytes of answers to what came in one piece. They are not all read as fast as they are made.
constexpr std::size_t kMaxAtOnce = 2 * kMaxData;

}  // namespace

ResourceManager::ResourceManager(std::function<std::uint32_t()> random)
    : random_(std::move(random)) {}

ResourceManager::Actions ResourceManager::receive(ConnectionId id, Bytes bytes, Time now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return {};
  Decoder& decoder = found->second.decoder;
  decoder.feed(bytes);
  if (found->second.busy && decoder.buffered() > kMaxAhead) {
    out_.emplace_back(Close{id, Errc::TooManyCommands});
  } else {
    freed_.push_back(id);
  }
  return finish(now);
}

ResourceManager::Actions ResourceManager::disconnect(ConnectionId id, Time now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return {};
  Connection gone = std::move(found->second);
  connections_.erase(found);
  if (gone.context) contexts_.erase(*gone.context);
  for (auto& [reader_id, reader] : readers_.all()) reader.turns.drop(id);
  drop_commands(id);
  drop_handles(id, gone, now);
  return finish(now);
}

bool ResourceManager::settled() const {
  return std::ranges::none_of(connections_,
                              [](const auto& entry) { return entry.second.wait.behind(); });
}

/// Answers what has come of a connection, as far as it can.
void ResourceManager::pump(ConnectionId id, Time now) {
  sent_ = 0;
  while (true) {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.busy) return;
    auto request = found->second.decoder.next();
    if (request && !*request) return;
    if (!request || sent_ > kMaxAtOnce) {
      out_.emplace_back(Close{id, request ? Errc::TooManyCommands : request.error()});
      return;
    }
    run(id, std::move(**request), now, Patience::Some);
  }
}

void ResourceManager::run(ConnectionId id, Request request, Time now, Patience patience) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Caller caller{id, found->second, now, patience};
  if (const auto reader = foreign_reader(found->second, request.call)) {
    ask(caller, *reader, std::move(request));
    return;
  }
  const Outcome outcome = std::visit(
      [&](auto& call) {
        if constexpr (std::is_same_v<decltype(call), pcsc::Transmit&>) {
          return perform(caller, call, request.data);
        } else {
          return perform(caller, call);
        }
      },
      request.call);
  conclude(caller, request, outcome);
}

void ResourceManager::conclude(const Caller& caller, Request& request, Outcome outcome) {
  caller.connection.busy = outcome == Outcome::Later || outcome == Outcome::Turn;
  switch (outcome) {
    case Outcome::Answer:
      send(caller.id, encode(request.call));
      return;
    case Outcome::Done:
    case Outcome::Later:
      return;
    case Outcome::Turn:
      wait_for_turn(caller, std::move(request));
      return;
    case Outcome::Broken:
      caller.connection.busy = true;  // nothing that it has sent is answered any more
      out_.emplace_back(Close{caller.id, Errc::UnexpectedMessage});
      return;
  }
}

void ResourceManager::send(ConnectionId to, SecretBytes bytes) {
  sent_ += bytes.size();
  out_.emplace_back(Send{to, std::move(bytes)});
}

/// A number that is neither a context nor a handle. libpcsclite has signed ones of its own.
std::uint32_t ResourceManager::new_number() {
  constexpr std::uint32_t kPositive = 0x7fffffff;
  const auto taken = [this](std::uint32_t number) {
    return contexts_.contains(ContextId{number}) ||
           std::ranges::any_of(connections_, [&](const auto& entry) {
             return entry.second.handles.contains(HandleId{number}) ||
                    entry.second.foreign.contains(HandleId{number});
           });
  };
  std::uint32_t number = 0;
  do {
    number = random_() & kPositive;
  } while (number == 0 || taken(number));
  return number;
}

std::optional<Time> ResourceManager::deadline() const {
  std::optional<Time> first;
  const auto take = [&](std::optional<Time> due) {
    if (due) first = std::min(first.value_or(*due), *due);
  };
  for (const auto& [id, reader] : readers_.all()) {
    take(reader.slot.deadline());
    take(reader.turns.deadline());
  }
  return first;
}

ResourceManager::Actions ResourceManager::expire(Time now) {
  for (auto& [id, reader] : readers_.all()) {
    if (const auto due = reader.slot.deadline(); due && now >= *due) reader.slot.power_down();
    while (auto late = reader.turns.take_late(now)) {
      run(late->connection, std::move(late->request), now, Patience::None);
      freed_.push_back(late->connection);
    }
    touch(id);
  }
  return finish(now);
}

/// What has become of a reader: its card goes through it, programs are told, others have their
/// turn.
void ResourceManager::look_at(ReaderId id, Time now) {
  Reader* reader = readers_.find(id);
  if (reader == nullptr) return;
  for (const PowerAction action : reader->slot.take_power()) out_.emplace_back(Power{id, action});
  const std::int32_t users = reader->slot.card() ? std::min(reader->slot.sharing(), 1) : 0;
  const Reader::Shown shown{.events = reader->slot.events(), .users = users};
  if (std::exchange(reader->shown, shown) != shown) tell_all();
  start_next(*reader, now);
  while (!reader->slot.locked()) {
    auto turn = reader->turns.take();
    if (!turn) break;
    run(turn->connection, std::move(turn->request), now, Patience::Some);
    freed_.push_back(turn->connection);
  }
}

ResourceManager::Actions ResourceManager::finish(Time now) {
  while (!touched_.empty() || !freed_.empty()) {
    for (const ReaderId id : std::exchange(touched_, {})) look_at(id, now);
    if (freed_.empty()) continue;
    const ConnectionId next = freed_.front();
    freed_.pop_front();
    pump(next, now);
  }
  return std::exchange(out_, {});
}

}  // namespace vscard::pcsc_bridge::pcsc
