#include "pcsc-bridge/run/run.hpp"

#include "async/spawn.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/serve/reader_commands.hpp"
#include "program/log.hpp"
#include "program/trace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

using chardev::Child;
using chardev::ChildError;
using chardev::ChildOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kTellAfter{2};
constexpr milliseconds kLookEvery{2};
/// What the others have to end by themselves.
constexpr seconds kLeavePatience{2};
constexpr int kSignalled = 128;

}  // namespace

Run::Run(RunOptions options, const serve::OwnKinds& kinds)
    : options_(std::move(options)),
      cards_(clients_, io_.get_executor(), kClientPatience, commands()),
      own_(io_, cards_.watchers(), kinds),
      pcsc_(io_.get_executor(), seen_by_service_),
      control_(io_.get_executor(), cards_.table()) {
  for (const Card& card : options_.cards) {
    is_own_.push_back(!options_.with_pcscd && own_.can_have(card.spec));
  }
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
  // Until something has happened: what is waited for may be there.
  if (io_.run_one_for(kLookEvery) > 0) io_.poll();
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
