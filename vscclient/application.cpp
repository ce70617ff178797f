#include "vscclient/application.hpp"

#include "cards/libcacard/default_card.hpp"
#include "program/log.hpp"
#include "vscclient/transports.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <unistd.h>
#include <utility>

namespace vscard::vscclient {
namespace {

/// How long the cards have for the reset that follows their last host.
constexpr std::chrono::seconds kLastReset{1};

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

bool is_real(const cards::CardSpec& card) {
  return std::holds_alternative<cards::PcscCard>(card.kind);
}

}  // namespace

Application::Application(CommandLine line)
    : line_(std::move(line)),
      commands_(card_links_, watchers_, [this] { service_.leave(); }),
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
  io_.run_for(kLastReset);
  return end(failed_ ? program::kFailed : 0);
}

/// A card that is still at work cannot be stopped, and its thread not be joined; nor can a pcscd
/// that does not answer.
int Application::end(int status) {
  const bool busy =
      std::ranges::any_of(card_links_, [](const auto& card_link) { return card_link->busy(); });
  if (busy || (pcsc_ && !pcsc_->stop())) std::_Exit(status);
  return status;
}

Result<> Application::open() {
  if (auto opened = open_cards(); !opened) return opened;
  if (auto opened = open_card_links(); !opened) return opened;
  return service_.open(line_.service);
}

Result<> Application::open_cards() {
  std::vector<cards::CardSpec> emulated;
  std::vector<cards::CardSpec> real;
  for (Pair& pair : line_.pairs) {
    if (std::holds_alternative<cards::DefaultSoftCard>(pair.card.kind)) {
      const auto folder = cards::libcacard::default_card_folder();
      if (!folder) return std::unexpected(folder.error());
      auto card = cards::libcacard::open_default_card(
          *folder, line_.pin, [](const std::string& text) { log::info("{}", text); });
      if (!card) return std::unexpected(card.error());
      pair.card.kind = std::move(*card);
    }
    (is_real(pair.card) ? real : emulated).push_back(pair.card);
  }
  if (auto opened = open_libcacard(emulated); !opened) return opened;
  if (auto opened = open_pcsc(real); !opened) return opened;
  std::size_t next_emulated = 0;
  std::size_t next_real = 0;
  for (const Pair& pair : line_.pairs) {
    readers_.push_back(is_real(pair.card) ? pcsc_->readers().at(next_real++)
                                          : libcacard_->readers().at(next_emulated++));
  }
  return {};
}

Result<> Application::open_libcacard(const std::vector<cards::CardSpec>& specs) {
  if (specs.empty()) return {};
  auto opened = cards::libcacard::Libcacard::open(
      io_.get_executor(), specs, [](const std::string& text) { log::warning("{}", text); });
  if (!opened) return std::unexpected(opened.error());
  libcacard_ = std::move(*opened);
  return {};
}

Result<> Application::open_pcsc(const std::vector<cards::CardSpec>& specs) {
  if (specs.empty()) return {};
  auto opened = cards::pcsc::PcscReaders::open(
      io_.get_executor(), specs, [](const std::string& text) { log::info("{}", text); },
      [](const std::string& text) { log::warning("{}", text); });
  if (!opened) return std::unexpected(opened.error());
  pcsc_ = std::move(*opened);
  return {};
}

Result<> Application::open_card_links() {
  using Link = session::LinkOptions;
  for (std::size_t i = 0; i < line_.pairs.size(); ++i) {
    const Pair& pair = line_.pairs[i];
    const auto transport = chardev::find_transport(transports(), pair.endpoint.address);
    if (!transport) return std::unexpected(transport.error());
    const program::LinkPolicy& policy = line_.policy;
    CardLinkOptions options{
        .name = pair.card.name,
        .vsc = {.link = {.endpoint = pair.endpoint,
                         .reconnect = policy.reconnect ? Link::Reconnect::Yes : Link::Reconnect::No,
                         .exposure =
                             policy.insecure ? Link::Exposure::Allowed : Link::Exposure::Refused},
                .transport = *transport,
                .peer = pair.host,
                .apdu_timeout = policy.apdu_timeout}};
    card_links_.push_back(std::make_unique<CardLink>(io_.get_executor(), std::move(options),
                                                     *readers_.at(i), watchers_));
    if (auto opened = card_links_.back()->open(); !opened) return opened;
  }
  return {};
}

void Application::start() {
  for (const auto& card_link : card_links_) {
    ++running_;
    asio::co_spawn(io_, run_card_link(*card_link), rethrow);
  }
  std::signal(SIGTTIN, SIG_IGN);  // a terminal that belongs to another job: a failed read tells
  if (line_.classic || ::isatty(STDIN_FILENO) != 0) asio::co_spawn(io_, console_.run(), rethrow);
  service_.start();
}

Awaitable<void> Application::run_card_link(CardLink& card_link) {
  auto running = card_link.run();
  const Result<> ended = co_await std::move(running);
  if (!ended) {
    failed_ = true;
    log::error("{}: {}", card_link.name(), ended.error().text);
  }
  if (--running_ == 0) io_.stop();
}

}  // namespace vscard::vscclient
