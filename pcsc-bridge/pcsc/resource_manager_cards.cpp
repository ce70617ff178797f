#include "pcsc-bridge/pcsc/codec.hpp"
#include "pcsc-bridge/pcsc/on_reader.hpp"
#include "pcsc-bridge/reader/attributes.hpp"

#include <algorithm>
#include <utility>

/// The calls that use a card and its reader, and what these do.
namespace vscard::pcsc_bridge::pcsc {
namespace {

using protocol::Errc;

// SCARD_ATTR_DEVICE_…_NAME of reader.h: of the class SYSTEM. What a handler of pcscd knows nothing
// of.
constexpr std::uint32_t kFriendlyName = 0x7fff'0003;
constexpr std::uint32_t kSystemName = 0x7fff'0004;

using Value = std::optional<std::vector<std::uint8_t>>;

Value attribute(const Reader& reader, std::uint32_t id) {
  if (id == kFriendlyName || id == kSystemName) {
    Value name{std::in_place, reader.name.begin(), reader.name.end()};
    name->push_back(0);
    return name;
  }
  return reader::attribute(
      id, {.serial = reader.serial, .max_command = reader.max_command, .card = reader.slot.card()});
}

/// What pcscd's handlers tell of a protocol: its T.
Protocols number_of(Protocols protocol) {
  if (protocol == kT0) return 0;
  return protocol == kT1 ? 1 : protocol;
}

/// What a program is told of a response, for which it has so much room.
Code result_of(const ResourceManager::Answer& response, std::size_t room) {
  if (response) return response->size() > room ? Code::InsufficientBuffer : Code::Success;
  return response.error() == Errc::NoCard ? Code::NoSmartcard : Code::NotTransacted;
}

}  // namespace

Outcome ResourceManager::perform(const Caller& caller, pcsc::Transmit& call, SecretBytes& data) {
  return on_reader(caller, call, [&](Reader& reader) {
    call.rv = reader.slot.may_transmit(call.card, call.send_protocol);
    if (call.rv != Code::Success) {
      call.received = 0;
      return Outcome::Answer;
    }
    const Protocols spoken =
        call.send_protocol == kAnyOld ? reader.slot.protocol() : call.send_protocol;
    Reader::Command command{caller.id, {call, std::move(data)}, spoken};
    if (reader.command) {
      reader.commands.push_back(std::move(command));
    } else {
      start(caller.connection.handles.at(call.card), reader, std::move(command));
    }
    return Outcome::Later;
  });
}

Outcome ResourceManager::perform(const Caller& caller, Control& call) {
  return on_reader(caller, call, [&](Reader& reader) {
    call.received = 0;
    call.rv = reader.slot.may_use(call.card);
    if (call.rv != Code::Success) return Outcome::Answer;
    const auto answer = reader::control(call.code, reader.max_command);
    call.rv = answer ? Code::Success : Code::UnsupportedFeature;
    if (!answer) return Outcome::Answer;
    call.received = static_cast<std::uint32_t>(answer->size());
    if (answer->size() > call.room) call.rv = Code::InsufficientBuffer;
    send(caller.id, encode(call, call.rv == Code::Success ? Bytes(*answer) : Bytes{}));
    return Outcome::Done;
  });
}

Outcome ResourceManager::perform(const Caller& caller, GetAttribute& call) {
  return on_reader(caller, call, [&](Reader& reader) {
    call.rv = reader.slot.may_use_card(call.card);
    if (call.rv != Code::Success) return Outcome::Answer;
    const auto value = attribute(reader, call.id);
    call.rv = value ? Code::Success : Code::UnsupportedFeature;
    if (!value) return Outcome::Answer;
    if (value->size() > call.length) call.rv = Code::InsufficientBuffer;
    if (call.rv == Code::Success) std::ranges::copy(*value, call.value.begin());
    call.length = static_cast<std::uint32_t>(value->size());
    return Outcome::Answer;
  });
}

Outcome ResourceManager::perform(const Caller& caller, SetAttribute& call) {
  return on_reader(caller, call, [&](Reader& reader) {
    const Code code = reader.slot.may_use_card(call.card);
    call.rv = code == Code::Success ? Code::UnsupportedFeature : code;
    return Outcome::Answer;
  });
}

void ResourceManager::start(ReaderId id, Reader& reader, Reader::Command command) {
  out_.emplace_back(Transmit{id, command.connection, std::move(command.request.data)});
  reader.command = std::move(command);
}

/// What waited is asked again whether it may: a transaction may have begun.
void ResourceManager::start_next(Reader& reader, Time now) {
  while (!reader.command && !reader.commands.empty()) {
    Reader::Command next = std::move(reader.commands.front());
    reader.commands.pop_front();
    run(next.connection, std::move(next.request), now, Patience::Some);
    freed_.push_back(next.connection);
  }
}

void ResourceManager::answer(const Reader::Command& command, const Answer& response) {
  auto call = std::get<pcsc::Transmit>(command.request.call);
  call.rv = result_of(response, call.received);
  call.received = response ? static_cast<std::uint32_t>(response->size()) : 0;
  call.receive_protocol = number_of(command.protocol);
  call.receive_pci = call.send_pci;
  const Bytes data = call.rv == Code::Success ? response->view() : Bytes{};
  send(command.connection, encode(call, data));
  connections_.at(command.connection).busy = false;
  freed_.push_back(command.connection);
}

void ResourceManager::drop_commands(ConnectionId connection) {
  for (auto& [id, reader] : readers_.all()) {
    const auto of_it = [&](const Reader::Command& command) {
      return command.connection == connection;
    };
    std::erase_if(reader.commands, of_it);
    if (!reader.command || !of_it(*reader.command)) continue;
    reader.command.reset();
    out_.emplace_back(Abort{id});
    touch(id);
  }
}

ResourceManager::Actions ResourceManager::add_reader(ReaderId id, std::string name,
                                                     std::string serial, Time now) {
  readers_.add(id, std::move(name), std::move(serial));
  tell_all();
  return finish(now);
}

ResourceManager::Actions ResourceManager::remove_reader(ReaderId id, Time now) {
  if (readers_.find_foreign(id) != nullptr) {
    readers_.remove(id);
    tell_all();
    return finish(now);
  }
  Reader* reader = readers_.find(id);
  if (reader == nullptr) return {};
  Reader gone = std::move(*reader);
  readers_.remove(id);
  tell_all();
  if (gone.command) answer(*gone.command, std::unexpected(Errc::LinkLost));
  gone.command.reset();
  while (auto turn = gone.turns.take()) {
    run(turn->connection, std::move(turn->request), now, Patience::None);
    freed_.push_back(turn->connection);
  }
  start_next(gone, now);
  return finish(now);
}

ResourceManager::Actions ResourceManager::insert(ReaderId id, const Atr& atr,
                                                 std::size_t max_command, Time now) {
  if (Reader* reader = readers_.find(id)) {
    reader->slot.insert(atr, now);
    reader->max_command = max_command;
    touch(id);
  }
  return finish(now);
}

ResourceManager::Actions ResourceManager::remove(ReaderId id, Time now) {
  if (Reader* reader = readers_.find(id)) reader->slot.remove();
  touch(id);
  return finish(now);
}

ResourceManager::Actions ResourceManager::respond(ReaderId id, Answer response, Time now) {
  Reader* reader = readers_.find(id);
  if (reader == nullptr || !reader->command) return {};
  const Reader::Command command = std::move(*std::exchange(reader->command, std::nullopt));
  answer(command, response);
  touch(id);
  return finish(now);
}

}  // namespace vscard::pcsc_bridge::pcsc
