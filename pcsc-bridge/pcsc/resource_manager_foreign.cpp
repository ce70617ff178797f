#include "pcsc-bridge/pcsc/codec.hpp"
#include "pcsc-bridge/pcsc/resource_manager.hpp"

#include <type_traits>
#include <utility>

/// The calls that use readers of other services.
namespace vscard::pcsc_bridge::pcsc {

/// Nothing: the call is for a reader of ours, or for none.
std::optional<ReaderId> ResourceManager::foreign_reader(const Connection& connection,
                                                        const Call& call) const {
  return std::visit(
      [&]<class C>(const C& it) -> std::optional<ReaderId> {
        if constexpr (std::is_same_v<C, Connect>) {
          const auto own = check_context(connection.context, it.context);
          return own == Code::Success ? readers_.find_foreign(it.reader.text()) : std::nullopt;
        } else if constexpr (requires { it.card; }) {
          const auto found = connection.foreign.find(it.card);
          return found == connection.foreign.end() ? std::nullopt : std::optional(found->second);
        } else {
          return std::nullopt;
        }
      },
      call);
}

void ResourceManager::ask(const Caller& caller, ReaderId reader, Request request) {
  Connection& connection = caller.connection;
  if (auto* connect = std::get_if<Connect>(&request.call)) {
    connect->card = HandleId{new_number()};
    connection.foreign.emplace(connect->card, reader);
  }
  connection.busy = connection.asking = connection.known_abroad = true;
  out_.emplace_back(Ask{caller.id, reader, std::move(request)});
}

ResourceManager::Actions ResourceManager::answer(ConnectionId id, Request answered, Time now) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || !std::exchange(found->second.asking, false)) return {};
  const Caller caller{id, found->second, now, Patience::None};
  note(caller, answered.call);
  auto* connect = std::get_if<Connect>(&answered.call);
  if (connect != nullptr && connect->rv != Code::Success) connect->card = {};
  caller.connection.busy = false;
  send(id, encode(answered.call, answered.data.view()));
  freed_.push_back(id);
  return finish(now);
}

/// What an answer changes here: which handles there are, and the protocol that programs are shown.
void ResourceManager::note(const Caller& caller, const Call& answered) {
  auto& handles = caller.connection.foreign;
  const auto show_protocol = [&](HandleId card, Protocols active) {
    if (auto* reader = readers_.find_foreign(handles.at(card))) reader->protocol = active;
  };
  if (const auto* connect = std::get_if<Connect>(&answered)) {
    if (connect->rv == Code::Success) {
      show_protocol(connect->card, connect->active);
    } else {
      handles.erase(connect->card);
    }
  } else if (const auto* again = std::get_if<Reconnect>(&answered)) {
    if (again->rv == Code::Success) show_protocol(again->card, again->active);
  } else if (const auto* left = std::get_if<Disconnect>(&answered)) {
    if (left->rv == Code::Success) handles.erase(left->card);
  }
}

void ResourceManager::forget(ConnectionId id, Connection& connection) {
  connection.foreign.clear();
  connection.asking = false;
  if (std::exchange(connection.known_abroad, false)) out_.emplace_back(Forget{id});
}

/// Without a card there is no protocol; with one it is what the last program was told.
ResourceManager::Actions ResourceManager::show_foreign(ReaderId id, ForeignReader reader,
                                                       Time now) {
  const auto* known = readers_.find_foreign(id);
  if (known != nullptr && known->card == reader.card) reader.protocol = known->protocol;
  if (readers_.show_foreign(id, std::move(reader))) tell_all();
  return finish(now);
}

}  // namespace vscard::pcsc_bridge::pcsc
