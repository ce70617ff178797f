#include "pcsc-bridge/run/run.hpp"

#include "async/spawn.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/reader/channel_options.hpp"
#include "pcsc-bridge/run/own_card.hpp"
#include "pcsc-bridge/serve/reader_commands.hpp"
#include "program/events.hpp"
#include "program/log.hpp"
#include "program/trace.hpp"
#include "protocol/vsc/message.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;
using chardev::Child;
using chardev::ChildError;
using chardev::ChildOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kPcscdPatience{10};
/// A soft card that is made first takes seconds, on a slow machine many.
constexpr seconds kCardPatience{120};
/// A real card may be in its reader, or not.
constexpr seconds kRealCardPatience{3};
constexpr seconds kSystemPatience{1};
constexpr seconds kTellAfter{2};
constexpr milliseconds kLookEvery{2};
/// What the others have to end by themselves.
constexpr seconds kLeavePatience{2};
constexpr int kSignalled = 128;

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

Run::Run(RunOptions options)
    : options_(std::move(options)),
      cards_(clients_, io_.get_executor(), kClientPatience, commands()),
      own_(io_, cards_.watchers()),
      pcsc_(io_.get_executor(), seen_by_service_),
      control_(io_.get_executor(), cards_.table()) {
  for (std::size_t i = 0; i < options_.readers; ++i) {
    const bool has_card = i < options_.cards.size();
    readers_.push_back(
        conf::reader_name(has_card ? options_.cards[i].spec.name : "reader " + std::to_string(i)));
  }
}

/// What `ctl` has beside the commands of the cards.
std::vector<program::Command> Run::commands() {
  auto commands = serve::reader_commands(
      [this](const std::string& name, const std::optional<std::string>& endpoint) {
        return add_reader(name, endpoint);
      },
      [this](const std::string& name) {
        auto removed = pcsc_.remove_reader(name);
        if (removed) cards_.lose_reader(name);
        return removed;
      });
  if (!options_.with_pcscd) commands.push_back(program::trace_command(seen_by_service_));
  return commands;
}

int Run::run() {
  // A library may take its time, or for ever: as yet a signal ends the process.
  Result<> opened = open_own_cards();
  pass_signals();
  if (opened) opened = open();
  int status = program::kFailed;
  if (opened) {
    const auto ended = run_command();
    if (ended) {
      status = *ended;
    } else {
      log::error("{}", ended.error().text);
      status = ended.error().status;
    }
  } else if (stop_signal_ != 0) {
    status = kSignalled + stop_signal_;
  } else {
    log::error("{}", opened.error().text);
  }
  if (!end()) std::_Exit(status);
  return status;
}

Result<> Run::open() {
  auto folder = KeptFolder::make(kLongestSocket.size());
  if (!folder) return std::unexpected(folder.error());
  folder_.emplace(std::move(*folder));
  if (options_.service.control.empty()) {
    options_.service.control = "unix:" + (folder_->path() / "control").string();
  }
  if (auto opened = control_.open(options_.service.control); !opened) {
    return std::unexpected(opened.error().about("control socket"));
  }
  if (auto opened = open_capture(); !opened) return opened;
  if (auto started = options_.with_pcscd ? start_pcscd() : start_service(); !started) {
    return started;
  }
  if (auto opened = open_inspector(); !opened) return opened;
  if (auto started = start_clients(); !started) return started;
  if (auto added = add_system(); !added) return added;
  if (auto ready = wait_for_cards(); !ready) return ready;
  if (auto lines = cards_.watch(program::Detail::Changes); lines && !options_.with_pcscd) {
    async::spawn(io_.get_executor(), show_faults(std::move(*lines)));
  }
  if (options_.service.pid_file.empty()) return {};
  auto written = program::PidFile::write(options_.service.pid_file);
  if (!written) return std::unexpected(written.error());
  pid_file_.emplace(std::move(*written));
  return {};
}

Result<> Run::open_capture() {
  if (!options_.capture) return {};
  capture_.emplace(*options_.capture, seen_by_service_);
  return capture_->open(io_.get_executor());
}

/// The user asked for its URL, so it does not go to the log, which has warnings alone.
Result<> Run::open_inspector() {
  if (!options_.inspect) return {};
  inspector_.emplace(io_.get_executor(), cards_.table(), seen_by_service_,
                     inspect::InspectorOptions{.program = "pcsc-bridge",
                                               .commands = {"insert", "remove", "fault"}});
  auto opened = inspector_->open(*options_.inspect);
  if (opened && !log::enabled(log::Level::Info)) {
    fmt::print(stderr, "pcsc-bridge: {}\n", inspector_->where());
  }
  return opened;
}

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

bool Run::is_own(std::size_t card) const {
  return card < options_.cards.size() && !options_.with_pcscd &&
         serve::can_be_own(options_.cards[card].spec);
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

Result<> Run::wait(const std::function<bool()>& done, seconds limit, const std::string& what) {
  const auto began = steady_clock::now();
  bool told = false;
  while (!done()) {
    const auto waited = steady_clock::now() - began;
    if (auto passed = pass_time(); !passed) return passed;
    if (waited > limit) {
      return std::unexpected(fmt::format("{} are not ready after {} s", what, limit.count()));
    }
    if (waited > kTellAfter && !std::exchange(told, true)) {
      log::warning("waiting for {}, at most {} s", what, limit.count());
    }
  }
  return {};
}

Result<> Run::pass_time() {
  if (failure_) return std::unexpected(*failure_);
  if (stop_signal_ != 0) return std::unexpected("stopped");
  io_.restart();
  io_.run_for(kLookEvery);
  return {};
}

std::expected<int, ChildError> Run::run_command() {
  auto command = Child::start({.command = options_.command,
                               .environment = {{"PCSCLITE_CSOCK_NAME", socket_.string()},
                                               {"VSCARD_CONTROL", control_.address()},
                                               {"VSCARD_READERS", places_.string()}},
                               .terminal = ChildOptions::Terminal::Shared,
                               .prepare = serve::forget_system});
  if (!command) return std::unexpected(command.error());
  command_.emplace(std::move(*command));
  int status = 0;
  watch(*command_, [this, &status] {
    status = command_->reap();
    io_.stop();
  });
  io_.restart();
  io_.run();
  return status;
}

/// The cards' clients may have a card to leave in order; the service has nothing to lose.
bool Run::end() {
  pcsc_.hush();
  control_.close();
  command_.reset();
  std::vector<Child*> leaving;
  for (ClientProcess* client : processes_) leaving.push_back(&client->process());
  for (const Child* child : leaving) child->signal(SIGTERM);
  const auto until = steady_clock::now() + kLeavePatience;
  while (steady_clock::now() < until &&
         std::ranges::any_of(leaving, [](const Child* child) { return child->running(); })) {
    io_.restart();
    io_.run_for(kLookEvery);
  }
  watched_.clear();
  pcsc_.close();
  const bool system_ended = pcsc_.end(io_);
  const bool ended = own_.end() && system_ended;
  if (capture_) capture_->close();
  pid_file_.reset();
  return ended;
}

void Run::watch(const Child& child, std::function<void()> ended) {
  // A descriptor of its own: the child closes the other.
  auto& process = watched_.emplace_back(io_, ::dup(child.descriptor()));
  process.async_wait(asio::posix::descriptor_base::wait_read,
                     [ended = std::move(ended)](const boost::system::error_code& failed) {
                       if (!failed) ended();
                     });
}

/// What is sent to this process goes to the command; what comes of a key of the terminal has gone
/// there already.
void Run::pass_signals() {
  const sigset_t signals = chardev::passed_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watched_.emplace_back(io_, ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  pass_signal();
}

void Run::pass_signal() {
  auto& signals = watched_.front();
  signals.async_wait(asio::posix::descriptor_base::wait_read,
                     [this, &signals](const boost::system::error_code& failed) {
                       if (failed) return;
                       signalfd_siginfo info{};
                       if (::read(signals.native_handle(), &info, sizeof info) == sizeof info) {
                         const auto number = static_cast<int>(info.ssi_signo);
                         if (!command_) stop_signal_ = number;
                         if (command_ && info.ssi_code != SI_KERNEL) command_->signal(number);
                       }
                       pass_signal();
                     });
}

}  // namespace vscard::pcsc_bridge::run
