// The readers of a run, and the cards in them.

#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/reader/channel_options.hpp"
#include "pcsc-bridge/run/own_card.hpp"
#include "pcsc-bridge/run/run.hpp"
#include "program/events.hpp"
#include "program/log.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;
using chardev::Child;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kPcscdPatience{10};
/// A soft card that is made first takes seconds, on a slow machine many.
constexpr seconds kCardPatience{120};
/// A real card may be in its reader, or not.
constexpr seconds kRealCardPatience{3};
constexpr seconds kSystemPatience{1};

/// vscclient, beside this program or along PATH.
std::string find_vscclient() {
  std::error_code failed;
  const fs::path beside = fs::read_symlink("/proc/self/exe", failed).parent_path() / "vscclient";
  return fs::exists(beside, failed) ? beside.string() : "vscclient";
}

bool may_be_absent(const Card& card) {
  return card.spec.kind->presence == cards::Kind::Presence::WhenInserted;
}

}  // namespace

/// The service does not know them: they are within its cards.
Awaitable<void> Run::show_faults(program::Lines events) {
  while (const auto text = co_await events->take()) {
    std::string_view rest = *text;
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos;) {
      const std::string event(rest.substr(0, end));
      if (program::read_fault(event)) seen_by_service_.pass_on(event);
      rest.remove_prefix(end + 1);
    }
  }
}

Result<> Run::start_service() {
  places_ = folder_->path() / "p";
  std::error_code failed;
  fs::create_directory(places_, failed);
  socket_ = folder_->path() / kLongestSocket.substr(1);
  std::size_t own = 0;
  for (const std::string& name : readers_) {
    const std::size_t place = next_place_++;
    auto opened = is_own(place) ? own_.plug(own++, pcsc_, name) : open_reader(place, name);
    if (!opened) return opened;
  }
  return pcsc_.open({.scheme = "unix", .location = socket_.string(), .keys = {}});
}

Result<> Run::open_own_cards() {
  std::vector<cards::CardSpec> specs;
  for (std::size_t i = 0; i < options_.cards.size(); ++i) {
    if (is_own(i)) specs.push_back(options_.cards[i].spec);
  }
  return own_.open(specs, options_.apdu_timeout);
}

Result<> Run::open_reader(std::size_t number, const std::string& name) {
  auto link = reader::parse_channel("listen:unix:" + reader_socket(places_, number).string());
  if (!link) return std::unexpected(link.error());
  link->apdu_timeout = options_.apdu_timeout;
  link->grace = {};  // a client of this machine that is lost has ended
  link->max_readers = session::kUsualCards;
  return pcsc_.add_reader(name, *link);
}

/// Without an endpoint it gets the next place of VSCARD_READERS.
Result<std::string> Run::add_reader(const std::string& name,
                                    const std::optional<std::string>& endpoint) {
  if (options_.with_pcscd) return std::unexpected("pcscd's readers stay as they are");
  if (!endpoint) {
    const auto given = pcsc_.give_back(name);
    if (!given) return std::unexpected(given.error());
    if (*given) return "";
    const std::size_t number = next_place_++;
    if (auto opened = open_reader(number, name); !opened) return std::unexpected(opened.error());
    return "connect:unix:" + reader_socket(places_, number).string();
  }
  auto spec = serve::parse_reader(*endpoint, 0, options_.apdu_timeout);
  if (!spec) return std::unexpected(spec.error());
  if (auto added = pcsc_.add_reader(name, spec->link); !added) {
    return std::unexpected(added.error());
  }
  return "";
}

/// After the cards' clients have started: what libpcsclite is told by the environment is not for
/// them.
Result<> Run::add_system() {
  if (!options_.with_system) return {};
  if (auto added = pcsc_.add_system(); !added) return added;
  const auto until = steady_clock::now() + kSystemPatience;
  return wait([this, until] { return pcsc_.knows_system() || steady_clock::now() >= until; },
              kCardPatience, "the machine's readers");
}

Result<> Run::start_pcscd() {
  auto started = run::start_pcscd({.folder = folder_->path(),
                                   .readers = readers_,
                                   .apdu_timeout = options_.apdu_timeout,
                                   .level = options_.service.level,
                                   .wait = std::chrono::duration_cast<seconds>(options_.wait),
                                   .pass_time = [this] { return pass_time(); }});
  if (!started) return std::unexpected(started.error());
  pcscd_.emplace(std::move(*started));
  places_ = pcscd_->readers;
  socket_ = pcscd_->socket;
  view_.emplace(socket_);
  watch(pcscd_->process, [this] {
    failure_ = fmt::format("pcscd ended with status {}", pcscd_->process.reap());
    if (command_) log::error("{}", *failure_);
  });
  const auto listening = [this] {
    std::error_code failed;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      if (!fs::exists(reader_socket(places_, i), failed)) return false;
    }
    return true;
  };
  return wait(listening, kPcscdPatience, "pcscd and its readers");
}

Result<> Run::start_clients() {
  auto own = own_.held().begin();
  for (std::size_t i = 0; i < options_.cards.size(); ++i) {
    if (is_own(i)) {
      clients_.push_back(std::make_unique<OwnCard>(options_.cards[i].spec.name, readers_[i], *own++,
                                                   cards_.watchers()));
    } else if (auto started = start_client(i); !started) {
      return started;
    }
  }
  for (ClientProcess* client : processes_) watch(*client);
  return {};
}

Result<> Run::start_client(std::size_t card) {
  const std::string level(log::name_of(options_.service.level));
  const std::string timeout =
      std::to_string(std::chrono::duration_cast<seconds>(options_.apdu_timeout).count());
  const std::string control =
      "unix:" + (folder_->path() / fmt::format("{}.control", card)).string();
  const std::string socket = reader_socket(places_, card).string();
  auto process =
      Child::start({.command = {find_vscclient(), "--vsc", "connect:unix:" + socket, "--card",
                                options_.cards[card].text, "--control", control, "--log-level",
                                level, "--apdu-timeout", timeout},
                    .environment = {},
                    .prepare = {}});
  if (!process) return std::unexpected(process.error().text);
  auto client = std::make_unique<ClientProcess>(options_.cards[card].spec.name, readers_[card],
                                                control, std::move(*process));
  processes_.push_back(client.get());
  clients_.push_back(std::move(client));
  return {};
}

void Run::watch(ClientProcess& client) {
  watch(client.process(), [this, &client] {
    if (client.gone()) {
      client.process().reap();
      return;
    }
    failure_ = fmt::format("the client of the card '{}' ended with status {}", client.card(),
                           client.process().reap());
    if (command_) log::warning("{}", *failure_);
  });
}

Result<> Run::wait_for_cards() {
  const auto ready = [this](bool real_cards) {
    const auto states = this->states();
    for (std::size_t i = 0; i < states.size(); ++i) {
      const bool wanted =
          i < options_.cards.size() && (real_cards || !may_be_absent(options_.cards[i]));
      if (!states[i].present || (wanted && !states[i].card)) return false;
    }
    return true;
  };
  auto waited = wait([&ready] { return ready(false); }, kCardPatience,
                     "the cards (making a new soft card takes some seconds)");
  if (!waited || std::ranges::none_of(options_.cards, may_be_absent)) return waited;
  const auto until = steady_clock::now() + kRealCardPatience;
  return wait([&ready, until] { return ready(true) || steady_clock::now() >= until; },
              kCardPatience, "the cards");
}

std::vector<ServiceView::State> Run::states() {
  if (view_) return view_->look(readers_);
  std::vector<ServiceView::State> states;
  for (const auto& reader : pcsc_.readers())
    states.push_back({.present = true, .card = reader.card});
  return states;
}

}  // namespace vscard::pcsc_bridge::run
