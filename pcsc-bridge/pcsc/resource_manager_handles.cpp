#include "pcsc-bridge/pcsc/on_reader.hpp"

#include <utility>

/// The calls that make, share and give back handles.
namespace vscard::pcsc_bridge::pcsc {

Outcome ResourceManager::perform(const Caller& caller, Connect& call) {
  const auto id = readers_.find(call.reader.text());
  Connection& connection = caller.connection;
  call.card = {};
  call.rv = check_context(connection.context, call.context);
  if (call.rv == Code::Success && !id) call.rv = Code::UnknownReader;
  if (call.rv == Code::Success) call.rv = Slot::check(call);
  if (call.rv != Code::Success) return Outcome::Answer;
  Slot& slot = readers_.find(*id)->slot;
  if (slot.locked() && !slot.exclusive()) {
    if (may_wait(caller, slot)) return Outcome::Turn;
    call.rv = Code::SharingViolation;
    return Outcome::Answer;
  }
  const HandleId handle{new_number()};
  call.rv = slot.connect(handle, call, caller.now);
  touch(*id);
  if (call.rv != Code::Success) return Outcome::Answer;
  call.card = handle;
  call.active = slot.protocol();
  connection.handles.emplace(handle, *id);
  return Outcome::Answer;
}

Outcome ResourceManager::perform(const Caller& caller, Reconnect& call) {
  call.active = kUndefinedProtocol;
  return on_reader(caller, call, [&](Reader& reader) {
    call.rv = reader.slot.reconnect(call, caller.now);
    if (call.rv == Code::Success) call.active = reader.slot.protocol();
    return Outcome::Answer;
  });
}

Outcome ResourceManager::perform(const Caller& caller, Disconnect& call) {
  const Outcome outcome = on_reader(caller, call, [&](Reader& reader) {
    const bool acts =
        call.disposition > Disposition::Leave && call.disposition <= Disposition::Eject;
    const bool locked = acts && reader.slot.locked_for(call.card);
    if (locked && may_wait(caller, reader.slot)) return Outcome::Turn;
    call.rv = locked ? Code::SharingViolation
                     : reader.slot.disconnect(call.card, call.disposition, caller.now);
    return Outcome::Answer;
  });
  const auto handle = caller.connection.handles.find(call.card);
  if (outcome != Outcome::Answer) return outcome;
  if (readers_.find(handle->second) == nullptr) call.rv = Code::Success;
  if (call.rv == Code::Success) caller.connection.handles.erase(handle);
  return outcome;
}

Outcome ResourceManager::perform(const Caller& caller, Begin& call) {
  return on_reader(caller, call, [&](Reader& reader) {
    call.rv = reader.slot.begin(call.card);
    const bool waits = call.rv == Code::SharingViolation && may_wait(caller, reader.slot);
    return waits ? Outcome::Turn : Outcome::Answer;
  });
}

Outcome ResourceManager::perform(const Caller& caller, End& call) {
  return on_reader(caller, call, [&](Reader& reader) {
    call.rv = reader.slot.end(call.card, call.disposition);
    return Outcome::Answer;
  });
}

Outcome ResourceManager::perform(const Caller& caller, Status& call) {
  return on_reader(caller, call, [&](Reader& reader) {
    call.rv = reader.slot.may_use_card(call.card);
    return Outcome::Answer;
  });
}

/// Whoever holds the transaction itself, with another handle, would wait for ever.
bool ResourceManager::may_wait(const Caller& caller, const Slot& slot) {
  return caller.patience == Patience::Some && !caller.connection.handles.contains(*slot.owner());
}

void ResourceManager::wait_for_turn(const Caller& caller, Request request) {
  const auto* connect = std::get_if<Connect>(&request.call);
  const auto* begin = std::get_if<Begin>(&request.call);
  const auto* disconnect = std::get_if<Disconnect>(&request.call);
  HandleId card{};
  if (begin != nullptr) card = begin->card;
  if (disconnect != nullptr) card = disconnect->card;
  const auto id = connect != nullptr ? readers_.find(connect->reader.text())
                                     : std::optional(caller.connection.handles.at(card));
  readers_.find(*id)->turns.add({.connection = caller.id,
                                 .card = begin != nullptr ? card : HandleId{},
                                 .request = std::move(request)},
                                caller.now);
}

void ResourceManager::drop_handles(ConnectionId id, Connection& connection, Time now) {
  forget(id, connection);
  for (const auto& [handle, reader_id] : std::exchange(connection.handles, {})) {
    if (Reader* reader = readers_.find(reader_id)) reader->slot.drop(handle, now);
    touch(reader_id);
  }
}

}  // namespace vscard::pcsc_bridge::pcsc
