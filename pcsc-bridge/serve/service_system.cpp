#include "pcsc-bridge/serve/service.hpp"
#include "program/events.hpp"
#include "program/log.hpp"
#include "protocol/time.hpp"

#include <algorithm>
#include <utility>

/// The readers of the machine's own PC/SC service.
namespace vscard::pcsc_bridge::serve {
namespace {

using cards::pcsc::ReaderState;
using cards::pcsc::ReaderStates;
using pcsc::ResourceManager;
using protocol::Clock;

constexpr const char* kSystem = "this machine's PC/SC service";

// A reader's state as SCardGetStatusChange writes it, SCARD_STATE_…, and as the service's clients
// read it.
constexpr unsigned long kStateUnavailable = 0x08;
constexpr unsigned long kStatePresent = 0x20;
constexpr unsigned long kStateMute = 0x200;
constexpr unsigned long kStateUnpowered = 0x400;
constexpr std::uint32_t kUnknown = 0x01;
constexpr std::uint32_t kAbsent = 0x02;
constexpr std::uint32_t kPresent = 0x04;
constexpr std::uint32_t kSwallowed = 0x08;
constexpr std::uint32_t kPowered = 0x10;
constexpr std::uint32_t kNegotiable = 0x20;

std::uint32_t bits_of(unsigned long word) {
  if ((word & kStateUnavailable) != 0) return kUnknown;
  if ((word & kStatePresent) == 0) return kAbsent;
  if ((word & kStateMute) != 0) return kPresent | kSwallowed;
  return (word & kStateUnpowered) != 0 ? kPresent : kPresent | kPowered | kNegotiable;
}

std::int32_t sharing_of(ReaderState::Use use) {
  if (use == ReaderState::Use::Exclusive) return -1;
  return use == ReaderState::Use::Shared ? 1 : 0;
}

bool is_among(const ReaderStates& states, const std::string& name) {
  return std::ranges::find(states, name, &ReaderState::name) != states.end();
}

}  // namespace

Result<> Service::add_system() {
  if (!lead_to_system(socket())) {
    return std::unexpected(socket() +
                           " is where the machine's own service is looked for, so its "
                           "readers are nowhere else: give another --socket");
  }
  system_.emplace(
      executor_, [this](const auto& states) { show_system(states); },
      [this](ResourceManager::Ask answer) { system_answered(std::move(answer)); });
  return {};
}

bool Service::end(asio::io_context& io) { return !system_ || system_->end(io); }

void Service::show_system(const cards::pcsc::Answer<ReaderStates>& states) {
  system_known_ = true;
  if (!states) {
    if (!std::exchange(system_lost_, true)) {
      log::warning("the machine's readers: {}; trying again", explain(states.error()));
    }
    drop_system_readers({});
    return;
  }
  if (std::exchange(system_lost_, false)) log::info("the machine's readers: pcscd is running");
  drop_system_readers(*states);
  for (const ReaderState& state : *states) show_system_reader(state);
}

void Service::drop_system_readers(const ReaderStates& but) {
  std::erase_if(left_out_, [&](const std::string& name) { return !is_among(but, name); });
  for (auto it = system_readers_.begin(); it != system_readers_.end();) {
    const auto gone = it++;
    const auto [name, id] = std::pair(gone->first, gone->second.id);
    if (is_among(but, name)) continue;
    system_readers_.erase(gone);
    watchers_.publish([&] { return program::reader_event({"reader", name}, "removed"); });
    perform(manager_.remove_reader(id, Clock::now()));
  }
}

void Service::show_system_reader(const ReaderState& state) {
  SystemReader* reader = take_in(state.name);
  if (reader == nullptr) return;
  if (std::exchange(reader->card, state.atr) != state.atr) {
    watchers_.publish([&] { return card_event_of(state.name, state.atr); });
  }
  perform(manager_.show_foreign(reader->id,
                                {.name = state.name,
                                 .events = state.insertion(),
                                 .bits = bits_of(state.word),
                                 .sharing = sharing_of(state.use),
                                 .card = state.atr},
                                Clock::now()));
}

/// Programs tell readers by their names: one that is taken is left out, until it is free.
Service::SystemReader* Service::take_in(const std::string& name) {
  const auto known = system_readers_.find(name);
  if (known != system_readers_.end()) return &known->second;
  const bool taken =
      std::ranges::any_of(readers_, [&](const auto& entry) { return entry.second.shown == name; });
  if (taken || is_full()) {
    if (left_out_.insert(name).second) {
      log::warning("the machine's reader '{}' is left out: there {}", name,
                   taken ? "is one of this name already" : "are 256 readers already");
    }
    return nullptr;
  }
  left_out_.erase(name);
  const auto added = system_readers_.try_emplace(
      name, SystemReader{.id = pcsc::ReaderId{++last_reader_}, .trail = trail_of(name)});
  watchers_.publish([&] { return program::reader_event({"reader", name}, "added"); });
  return &added.first->second;
}

Service::SystemReader* Service::find_system(pcsc::ReaderId id) {
  const auto found = std::ranges::find_if(system_readers_,
                                          [&](const auto& entry) { return entry.second.id == id; });
  return found == system_readers_.end() ? nullptr : &found->second;
}

void Service::ask_system(ResourceManager::Ask ask) {
  SystemReader* reader = find_system(ask.reader);
  if (reader != nullptr && std::holds_alternative<pcsc::Transmit>(ask.request.call)) {
    asking_ = ask.from;
    reader->trail.command(ask.request.data.view());
  }
  system_->ask(std::move(ask));
}

void Service::system_answered(ResourceManager::Ask answer) {
  SystemReader* reader = find_system(answer.reader);
  const auto* transmit = std::get_if<pcsc::Transmit>(&answer.request.call);
  if (reader != nullptr && transmit != nullptr) {
    if (transmit->rv == pcsc::Code::Success) {
      reader->trail.response(answer.request.data.view());
    } else {
      reader->trail.no_answer();
    }
  }
  perform(manager_.answer(answer.from, std::move(answer.request), Clock::now()));
}

Service::ReaderView Service::SystemReader::view(const std::string& name) const {
  return {.name = name, .address = kSystem, .remote = kSystem, .card = card.has_value()};
}

}  // namespace vscard::pcsc_bridge::serve
