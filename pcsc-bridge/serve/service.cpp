#include "pcsc-bridge/serve/service.hpp"

#include "async/error.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/serve/program_name.hpp"
#include "program/events.hpp"
#include "program/log.hpp"
#include "protocol/time.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <sched.h>
#include <string_view>
#include <sys/random.h>
#include <sys/socket.h>
#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

using pcsc::ResourceManager;
using protocol::Clock;

constexpr std::string_view kScheme = "unix:";
/// Connections at a time.
constexpr std::size_t kMaxPrograms = 1000;
/// … of one process, so that none keeps the others out; pcscd has as many in all.
constexpr std::size_t kMaxOfProcess = 200;
constexpr std::chrono::seconds kTellAgain{1};
/// Until connections are taken again, when the system had no room for one.
constexpr std::chrono::milliseconds kAcceptAgain{100};

/// A program sends a request in three pieces. Woken by each, this process would interrupt it twice
/// in vain; a batch process lets it finish. Those that this one starts are none.
void let_programs_finish() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none);
}

std::uint32_t random_number() {
  std::uint32_t number = 0;
  while (::getrandom(&number, sizeof number, 0) != sizeof number) {
  }
  return number;
}

/// With what to do about it.
Failure advise(Failure failure) {
  if (failure.text == std::make_error_code(std::errc::address_in_use).message()) {
    failure.text += "; another program listens there: end it, or give another --socket";
  }
  return failure;
}

ucred peer_of(const chardev::Descriptor& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  ::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return peer;
}

}  // namespace

Service::Service(asio::any_io_executor executor, program::Watchers& watchers)
    : executor_(std::move(executor)),
      watchers_(watchers),
      manager_(random_number),
      deadlines_([this] { return manager_.deadline(); },
                 [this] { perform(manager_.expire(Clock::now())); }) {}

Service::~Service() = default;

Result<> Service::open(const chardev::Address& address) {
  const bool passed = address.scheme == chardev::kFd.scheme;
  auto listener = passed ? chardev::listen_on_passed(executor_, address)
                         : chardev::listen_on_unix(executor_, address);
  if (!listener) return std::unexpected(advise(listener.error()).about(address.text()));
  listener_ = std::move(*listener);
  let_programs_finish();
  async::spawn(executor_, accept());
  async::spawn(executor_, deadlines_.run());
  return {};
}

std::string Service::socket() const {
  const std::string address = listener_->address();
  return address.starts_with(kScheme) ? address.substr(kScheme.size()) : address;
}

Result<> Service::add_reader(const std::string& name, const session::VscLinkOptions& options) {
  auto shown = shown_as(name);
  if (!shown) return std::unexpected(shown.error());
  ReaderPlaces& places = *this;
  auto line =
      std::make_shared<HostLine>(executor_, name, options, card_events(), places, notices_of(name));
  if (auto opened = line->open(); !opened) return opened;
  auto running = line->run();
  async::spawn(executor_, std::move(running), [line] {});
  std::erase_if(lines_, [](const auto& known) { return known.expired(); });
  lines_.push_back(line);
  const auto id =
      show({.name = name, .shown = std::move(*shown), .source = line->first(), .card = {}},
           options.link.endpoint.address.text());
  line->first()->plug_into(id, card_events(), notices_of(name), trail_of(name));
  return {};
}

Result<> Service::add_reader(const std::string& name, std::shared_ptr<DirectLink> card) {
  auto shown = shown_as(name);
  if (!shown) return std::unexpected(shown.error());
  const auto id = show({.name = name, .shown = *shown, .source = card, .card = {}}, name);
  card->plug_into(id, card_events(), trail_of(name));
  return {};
}

Result<std::string> Service::add_beside(const std::string& name, const std::string& offered,
                                        std::shared_ptr<HostReader> reader) {
  std::string own = name_beside(name, offered);
  if (auto added = add_again(own, std::move(reader)); !added) return std::unexpected(added.error());
  return own;
}

Result<> Service::add_again(const std::string& name, std::shared_ptr<HostReader> reader) {
  auto shown = shown_as(name);
  if (!shown) return std::unexpected(shown.error());
  const auto id =
      show({.name = name, .shown = std::move(*shown), .source = reader, .card = {}}, name);
  reader->plug_into(id, card_events(), notices_of(name), trail_of(name));
  return {};
}

Result<bool> Service::give_back(const std::string& name) {
  for (const auto& known : lines_) {
    const auto line = known.lock();
    if (!line || !line->lacks(name)) continue;
    if (auto offered = line->offer(name); !offered) return std::unexpected(offered.error());
    return true;
  }
  return false;
}

/// "NAME OFFERED", or, if there is one, "NAME 2" and so on.
std::string Service::name_beside(const std::string& name, const std::string& offered) const {
  const std::string base = name.substr(conf::kBeforeName.size());
  std::string own = conf::reader_name(base + " " + offered);
  for (int number = 2; offered.empty() || has(own); ++number) {
    own = conf::reader_name(fmt::format("{} {}", base.substr(0, conf::kMaxName - 4), number));
    if (!has(own)) break;
  }
  return own;
}

bool Service::has(const std::string& name) const {
  return std::ranges::any_of(readers_,
                             [&](const auto& entry) { return entry.second.name == name; });
}

/// The name that programs see; the error is a line for the user.
Result<std::string> Service::shown_as(const std::string& name) const {
  if (has(name)) return std::unexpected("there is a reader '" + name + "' already");
  if (is_full()) return std::unexpected("there are 256 readers already");
  const auto taken = [this](const std::string& shown) {
    return system_readers_.contains(shown) || std::ranges::any_of(readers_, [&](const auto& entry) {
             return entry.second.shown == shown;
           });
  };
  std::size_t place = readers_.size();
  std::string shown;
  do {
    shown = fmt::format("{} {:02X} 00", name, place++);
  } while (taken(shown));
  return shown;
}

pcsc::ReaderId Service::show(ServedReader reader, const std::string& serial) {
  if (readers_.size() == pcsc::kOldStates) {
    log::warning("programs with a libpcsclite before 2.5 see the first {} readers",
                 readers_.size());
  }
  const pcsc::ReaderId id{++last_reader_};
  const auto [added, _] = readers_.emplace(id, std::move(reader));
  watchers_.publish([&added] { return added->second.event("added"); });
  perform(manager_.add_reader(id, added->second.shown, serial, Clock::now()));
  return id;
}

program::ApduTrail Service::trail_of(const std::string& name) {
  return {"reader", name, watchers_, [this] { return asker(); }};
}

/// Its name is read once, and not before somebody looks.
std::string Service::asker() {
  const auto found = programs_.find(asking_);
  if (found == programs_.end()) return "";
  Program& program = found->second;
  if (program.name.empty()) program.name = program_name(program.process);
  return program.name;
}

Result<> Service::remove_reader(const std::string& name) {
  const auto found =
      std::ranges::find_if(readers_, [&](const auto& entry) { return entry.second.name == name; });
  if (found == readers_.end()) return std::unexpected("there is no reader '" + name + "'");
  remove(found->first);
  return {};
}

void Service::remove(pcsc::ReaderId id) {
  auto entry = readers_.extract(id);
  if (entry.empty()) return;
  const ServedReader& gone = entry.mapped();
  watchers_.publish([&gone] { return gone.event("removed"); });
  perform(manager_.remove_reader(id, Clock::now()));
  gone.source->close();
}

void Service::close() {
  deadlines_.stop();
  if (listener_) listener_->close();
  for (auto& [id, served] : std::exchange(readers_, {})) served.source->close();
  for (auto& [id, program] : programs_) program.link->end(protocol::Errc::LinkLost);
}

std::vector<Service::ReaderView> Service::readers() const {
  std::vector<ReaderView> views;
  for (const auto& [id, served] : readers_) {
    views.push_back({.name = served.name,
                     .address = served.source->address(),
                     .remote = served.source->remote(),
                     .card = served.card.has_value()});
  }
  for (const auto& [name, reader] : system_readers_) views.push_back(reader.view(name));
  return views;
}

std::vector<program::Json> Service::present() const {
  std::vector<program::Json> events;
  for (const auto& [id, served] : readers_) {
    events.push_back(served.event("added"));
    events.push_back(card_event_of(served.name, served.card));
  }
  for (const auto& [name, reader] : system_readers_) {
    events.push_back(program::reader_event({"reader", name}, "added"));
    events.push_back(card_event_of(name, reader.card));
  }
  return events;
}

program::Json Service::ServedReader::event(std::string_view state) const {
  return program::reader_event({"reader", name}, state);
}

program::Json Service::card_event_of(const std::string& reader, const Card& card) {
  return program::card_event({"reader", reader}, card ? "inserted" : "absent", card);
}

Awaitable<void> Service::accept() {
  while (true) {
    auto accepted = co_await listener_->accept();
    if (accepted) {
      take(std::move(accepted->socket));
    } else if (accepted.error() == async::aborted()) {
      co_return;
    } else {
      co_await async::sleep(kAcceptAgain);
    }
  }
}

void Service::take(chardev::Descriptor socket) {
  const ucred peer = peer_of(socket);
  const auto known = of_process_.find(peer.pid);
  const std::size_t has = known == of_process_.end() ? 0 : known->second;
  if (programs_.size() >= kMaxPrograms || has >= kMaxOfProcess) {
    if (std::exchange(told_full_, true)) return;
    log::warning("process {} of user {} is refused: there are {} connections, {} of them its own",
                 peer.pid, peer.uid, programs_.size(), has);
    return;
  }
  told_full_ = false;
  ++of_process_[peer.pid];
  if (has == 0) tell_program(peer);
  auto serving = serve(std::move(socket), peer.pid);
  async::spawn(executor_, std::move(serving));
}

/// Once a second at most: a program that connects again and again does not fill the log.
void Service::tell_program(const ucred& peer) {
  const auto now = Clock::now();
  if (now < tell_again_) {
    ++untold_;
    return;
  }
  tell_again_ = now + kTellAgain;
  const auto others = std::exchange(untold_, 0);
  log::info("a PC/SC program connects: process {} of user {}{}", peer.pid, peer.uid,
            others > 0 ? fmt::format("; {} more before it", others) : "");
}

Awaitable<void> Service::serve(chardev::Descriptor socket, pid_t process) {
  const pcsc::ConnectionId id{++last_connection_};
  ProgramLink program(executor_, std::move(socket), [this, id](protocol::Bytes bytes) {
    perform(manager_.receive(id, bytes, Clock::now()));
  });
  programs_[id] = {.link = &program, .process = process};
  manager_.connect(id);
  co_await program.run();
  programs_.erase(id);
  if (--of_process_[process] == 0) of_process_.erase(process);
  perform(manager_.disconnect(id, Clock::now()));
}

/// One after the other: a card of this process may answer while its command is being handed over.
void Service::perform(ResourceManager::Actions actions) {
  std::ranges::move(actions, std::back_inserter(to_do_));
  if (std::exchange(performing_, true)) return;
  while (!to_do_.empty()) {
    auto action = std::move(to_do_.front());
    to_do_.pop_front();
    perform(std::move(action));
  }
  performing_ = false;
  deadlines_.wake();
  if (unseen_ && manager_.settled()) {
    unseen_ = false;
    for (auto& [id, served] : readers_) served.source->look();
  }
}

void Service::perform(ResourceManager::Action action) {
  if (auto* send = std::get_if<ResourceManager::Send>(&action)) {
    const auto program = programs_.find(send->to);
    if (program != programs_.end()) program->second.link->send(send->bytes);
  } else if (auto* command = std::get_if<ResourceManager::Transmit>(&action)) {
    asking_ = command->from;
    if (auto* source = find(command->reader)) source->transmit(std::move(command->command));
  } else if (const auto* close = std::get_if<ResourceManager::Close>(&action)) {
    const auto program = programs_.find(close->connection);
    if (program != programs_.end()) program->second.link->end(close->reason);
  } else if (const auto* abort = std::get_if<ResourceManager::Abort>(&action)) {
    if (auto* source = find(abort->reader)) source->abort();
  } else if (const auto* power = std::get_if<ResourceManager::Power>(&action)) {
    if (auto* source = find(power->reader)) source->power(power->action);
  } else if (auto* ask = std::get_if<ResourceManager::Ask>(&action)) {
    ask_system(std::move(*ask));
  } else if (const auto* forget = std::get_if<ResourceManager::Forget>(&action)) {
    system_->forget(forget->connection);
  }
}

Notify Service::notices_of(const std::string& name) {
  return [this, tell = log::notices_of(name)](const Notice& notice) {
    if (!hushed_) tell(notice);
  };
}

CardSource* Service::find(pcsc::ReaderId id) {
  const auto found = readers_.find(id);
  return found == readers_.end() ? nullptr : found->second.source.get();
}

void Service::note_card(pcsc::ReaderId id, const Card& card) {
  const auto found = readers_.find(id);
  if (found == readers_.end()) return;
  found->second.card = card;
  watchers_.publish([&] { return card_event_of(found->second.name, card); });
}

void Service::inserted(pcsc::ReaderId id, const protocol::iso7816::Atr& atr,
                       std::size_t max_command) {
  note_card(id, atr);
  unseen_ = true;
  perform(manager_.insert(id, atr, max_command, Clock::now()));
}

void Service::removed(pcsc::ReaderId id) {
  note_card(id, std::nullopt);
  unseen_ = true;
  perform(manager_.remove(id, Clock::now()));
}

void Service::responded(pcsc::ReaderId id, ResourceManager::Answer answer) {
  perform(manager_.respond(id, std::move(answer), Clock::now()));
}

}  // namespace vscard::pcsc_bridge::serve
