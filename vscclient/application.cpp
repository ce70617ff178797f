#include "vscclient/application.hpp"

#include "async/spawn.hpp"
#include "cards/link/fault_events.hpp"
#include "cards/vpcd/kind.hpp"
#include "chardev/stdio.hpp"
#include "inspect/options.hpp"
#include "program/log.hpp"
#include "vscclient/hosts.hpp"
#include "vscclient/transports.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <unistd.h>
#include <utility>

namespace vscard::vscclient {

using cards::link::CardLink;
using cards::link::CardLinkOptions;

namespace {

/// How long the cards have for the reset that follows their last host.
constexpr std::chrono::seconds kLastReset{1};

/// To hosts, and to virtual cards.
std::vector<const chardev::Transport*> transports_of(const std::vector<Pair>& pairs) {
  std::vector<const chardev::Transport*> all;
  for (const Pair& pair : pairs) {
    all.push_back(pair.vsc.transport);
    if (const auto* card = cards::vpcd::transport_of(pair.card)) all.push_back(card);
  }
  return all;
}

chardev::Access access_of(const Pair& pair) {
  chardev::Access access = cards::access_of(pair.card);
  access.add(chardev::access_of(pair.vsc.link.endpoint));
  return access;
}

session::VscLinkOptions with_policy(session::VscLinkOptions vsc,
                                    const program::LinkPolicy& policy) {
  using Link = session::LinkOptions;
  vsc.link.reconnect = policy.reconnect ? Link::Reconnect::Yes : Link::Reconnect::No;
  vsc.link.exposure = policy.insecure ? Link::Exposure::Allowed : Link::Exposure::Refused;
  vsc.apdu_timeout = policy.apdu_timeout;
  return vsc;
}

}  // namespace

Application::Application(CommandLine line)
    : line_(std::move(line)),
      commands_(held_, watchers_, [this] { service_.leave(); }),
      service_(io_, commands_.table(), watchers_,
               [this] {
                 for (const auto& card_link : card_links_) card_link->leave();
               }),
      console_(io_.get_executor(), commands_.table()) {}

int Application::run() {
  if (const Result<> opened = open(); !opened) {
    log::error("{}", opened.error().text);
    return end(program::kFailed);
  }
  start();
  io_.run();
  service_.close();
  console_.close();
  io_.restart();
  await_last_resets();
  if (capture_) capture_->close();
  return end(failed_ ? program::kFailed : 0);
}

void Application::await_last_resets() {
  const auto limit = protocol::Clock::now() + kLastReset;
  while (busy() && io_.run_one_until(limit) > 0) continue;
}

bool Application::busy() const {
  return std::ranges::any_of(card_links_, [](const auto& card_link) { return card_link->busy(); });
}

/// A card that is still at work cannot be stopped, and its thread not be joined; nor can a library
/// that does not return.
int Application::end(int status) {
  if (busy() || !cards_.stop()) std::_Exit(status);
  return status;
}

Result<> Application::open() {
  if (auto taken = take_streams(); !taken) return taken;
  for (const Pair& pair : line_.pairs) line_.service.access.add(access_of(pair));
  if (line_.capture) line_.service.access.add(capture::access_of(*line_.capture));
  line_.service.access.add(inspect::access_of(line_.inspect));
  program::Service::confine(line_.service);
  if (auto opened = open_capture(); !opened) return opened;
  if (auto opened = open_cards(); !opened) return opened;
  if (auto opened = open_card_links(); !opened) return opened;
  if (auto opened = open_inspector(); !opened) return opened;
  return service_.open(line_.service);
}

Result<> Application::open_capture() {
  if (!line_.capture) return {};
  capture_.emplace(*line_.capture, watchers_);
  return capture_->open(io_.get_executor());
}

/// Before any library of a card can print something.
Result<> Application::take_streams() const {
  const auto transports = transports_of(line_.pairs);
  if (std::ranges::find(transports, &chardev::kStdio) == transports.end()) return {};
  auto taken = chardev::take_stdio();
  if (!taken) return std::unexpected(taken.error().about("stdio"));
  return {};
}

Result<> Application::open_cards() {
  std::vector<cards::CardSpec> specs;
  for (const Pair& pair : line_.pairs) specs.push_back(pair.card);
  using Exposure = cards::OpenOptions::Exposure;
  auto opened =
      cards::open(io_.get_executor(), specs,
                  {.tell = [](const std::string& text) { log::info("{}", text); },
                   .warn = [](const std::string& text) { log::warning("{}", text); },
                   .on_fault = cards::link::publish_faults(watchers_),
                   .new_pin = std::move(line_.pin),
                   .apdu_timeout = line_.policy.apdu_timeout,
                   .exposure = line_.policy.insecure ? Exposure::Allowed : Exposure::Refused});
  if (!opened) return std::unexpected(opened.error());
  cards_ = std::move(*opened);
  return {};
}

Result<> Application::open_card_links() {
  for (std::size_t i = 0; i < line_.pairs.size(); ++i) {
    const Pair& pair = line_.pairs[i];
    card_links_.push_back(std::make_unique<CardLink>(
        io_.get_executor(),
        CardLinkOptions{.name = pair.card.name, .reads_ahead = line_.reads_ahead},
        *cards_.readers().at(i), watchers_, hosts_of(pair)));
    held_.push_back({.link = card_links_.back().get(), .faults = cards_.faults().at(i).get()});
    if (auto opened = card_links_.back()->open(); !opened) return opened;
  }
  return {};
}

cards::link::MakeHosts Application::hosts_of(const Pair& pair) {
  const auto vsc = with_policy(pair.vsc, line_.policy);
  if (!line_.one_link) return hosts_at(io_.get_executor(), vsc, pair.speaks);
  if (!shared_link_) shared_link_.emplace(io_.get_executor(), vsc);
  return [this](session::CardSide& card, Notify notify, std::function<void()> remote_changed) {
    return shared_link_->share(card, std::move(notify), std::move(remote_changed));
  };
}

Result<> Application::open_inspector() {
  if (!line_.inspect) return {};
  inspector_.emplace(
      io_.get_executor(), commands_.table(), watchers_,
      inspect::InspectorOptions{.program = "vscclient", .commands = {"insert", "remove", "fault"}});
  return inspector_->open(*line_.inspect);
}

void Application::start() {
  for (const auto& card_link : card_links_) {
    ++running_;
    async::spawn(io_.get_executor(), run_card_link(*card_link));
  }
  std::signal(SIGTTIN, SIG_IGN);  // a terminal that belongs to another job: a failed read tells
  if (line_.classic || ::isatty(STDIN_FILENO) != 0) {
    async::spawn(io_.get_executor(), console_.run());
  }
  service_.start();
}

Awaitable<void> Application::run_card_link(CardLink& card_link) {
  const Result<> ended = co_await card_link.run();
  if (!ended) {
    failed_ = true;
    log::error("{}: {}", card_link.name(), ended.error().text);
  }
  if (--running_ == 0) io_.stop();
}

}  // namespace vscard::vscclient
