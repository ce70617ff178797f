#include "pcsc-bridge/pcsc/codec.hpp"
#include "pcsc-bridge/pcsc/resource_manager.hpp"

#include <utility>

/// The calls about contexts and what they wait for.
namespace vscard::pcsc_bridge::pcsc {
namespace {

constexpr std::uint32_t kMaxScope = 3;  ///< SCARD_SCOPE_GLOBAL

}  // namespace

/// A program of 4:6 takes the answer for what it is to speak, and those of before look at rv alone.
Outcome ResourceManager::perform(const Caller& caller, Version& call) {
  const bool known =
      call.major == kProtocolMajor && call.minor >= kOldestMinor && call.minor <= kProtocolMinor;
  if (known) caller.connection.minor = call.minor;
  call = {.major = kProtocolMajor,
          .minor = kProtocolMinor,
          .rv = known ? Code::Success : Code::ServiceStopped};
  return Outcome::Answer;
}

Outcome ResourceManager::perform(const Caller& caller, Establish& call) {
  call.context = {};
  call.rv = call.scope <= kMaxScope ? Code::Success : Code::InvalidValue;
  if (call.rv != Code::Success) return Outcome::Answer;
  if (caller.connection.context) contexts_.erase(*caller.connection.context);
  call.context = ContextId{new_number()};
  caller.connection.context = call.context;
  contexts_.emplace(call.context, caller.id);
  return Outcome::Answer;
}

Outcome ResourceManager::perform(const Caller& caller, Release& call) {
  auto& context = caller.connection.context;
  call.rv = check_context(context, call.context);
  if (call.rv != Code::Success) return Outcome::Answer;
  contexts_.erase(call.context);
  context.reset();
  drop_handles(caller.id, caller.connection, caller.now);
  return Outcome::Answer;
}

Outcome ResourceManager::perform(const Caller& /*caller*/, Cancel& call) {
  const auto found = contexts_.find(call.context);
  call.rv = found == contexts_.end() ? Code::InvalidHandle : Code::Success;
  if (call.rv != Code::Success) return Outcome::Answer;
  const auto next = connections_.at(found->second).wait.cancel();
  if (next == ChangeWait::Next::SendEvent) send_event(found->second, Code::Cancelled);
  return Outcome::Answer;
}

Outcome ResourceManager::perform(const Caller& caller, ReaderStates& /*call*/) {
  show_states(caller, encode(readers_.states(), kOldStates));
  return Outcome::Done;
}

Outcome ResourceManager::perform(const Caller& caller, Wait& /*call*/) {
  caller.connection.wait.begin(caller.connection.minor);
  if (caller.connection.minor < kStatesApart) {
    show_states(caller, encode(readers_.states(), kOldStates));
  }
  return Outcome::Done;
}

Outcome ResourceManager::perform(const Caller& caller, StopWaiting& /*call*/) {
  if (caller.connection.wait.stop()) send(caller.id, encode(Event{}));
  return Outcome::Done;
}

Outcome ResourceManager::perform(const Caller& caller, ReaderEvents& /*call*/) {
  send_event(caller.id, Code::Success);
  return Outcome::Done;
}

Outcome ResourceManager::perform(const Caller& caller, StateCount& /*call*/) {
  caller.connection.state_count = readers_.state_count();
  send(caller.id, encode_count(static_cast<std::uint32_t>(readers_.state_count())));
  return Outcome::Done;
}

Outcome ResourceManager::perform(const Caller& caller, StateArray& /*call*/) {
  const std::size_t count = caller.connection.state_count.value_or(readers_.state_count());
  show_states(caller, encode(readers_.states(), count));
  return Outcome::Done;
}

Code ResourceManager::check_context(std::optional<ContextId> own, ContextId named) {
  if (!own) return Code::InvalidHandle;
  return *own == named ? Code::Success : Code::InvalidValue;
}

void ResourceManager::show_states(const Caller& caller, SecretBytes states) {
  send(caller.id, std::move(states));
  const auto next = caller.connection.wait.show();
  if (next == ChangeWait::Next::SendEvent) send_event(caller.id, Code::Cancelled);
}

/// Its number is that of the answer to ReaderEvents: a program reads one for the other when they
/// cross.
void ResourceManager::send_event(ConnectionId to, Code rv) {
  send(to, encode(Event{.count = readers_.events(), .rv = rv}));
}

void ResourceManager::tell_all() {
  for (auto& [id, connection] : connections_) {
    const auto next = connection.wait.change();
    if (next == ChangeWait::Next::SendEvent) send_event(id, Code::Success);
  }
}

}  // namespace vscard::pcsc_bridge::pcsc
