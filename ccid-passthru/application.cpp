#include "ccid-passthru/application.hpp"

#include "program/log.hpp"

#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

Application::Application(CommandLine line)
    : line_(std::move(line)),
      commands_(
          stations_, [this](const ReaderSpec& spec) { return add_station(spec); },
          [this] { leave(); }),
      control_(io_.get_executor(), [this](const auto& words) { return commands_.run(words); }) {}

int Application::run() {
  if (const Result opened = open(); !opened) {
    log::error("{}", opened.error());
    return program::kFailed;
  }
  start();
  io_.run();
  close();
  return failed_ ? program::kFailed : 0;
}

Application::Result Application::open() {
  for (const ReaderSpec& spec : line_.readers) {
    if (auto opened = open_station(spec); !opened) return opened;
  }
  if (!line_.control.empty()) {
    if (auto opened = control_.open(line_.control); !opened) {
      return std::unexpected("--control: " + opened.error());
    }
    log::info("control at {}", control_.address());
  }
  if (!line_.pid_file.empty()) {
    auto written = program::PidFile::write(line_.pid_file);
    if (!written) return std::unexpected(written.error());
    pid_file_.emplace(std::move(*written));
  }
  return {};
}

Application::Result Application::open_station(const ReaderSpec& spec) {
  const auto transports = chardev::standard_transports();
  const auto vsc = chardev::find_transport(transports, spec.vsc.address);
  if (!vsc) return std::unexpected(vsc.error());
  const auto usbredir = chardev::find_transport(transports, spec.usbredir.address);
  if (!usbredir) return std::unexpected(usbredir.error());
  const auto link = [this](const chardev::Endpoint& endpoint) {
    return session::LinkOptions{.endpoint = endpoint,
                                .reconnect = line_.policy.reconnect,
                                .exposure = line_.policy.exposure};
  };
  auto station = std::make_unique<Station>(
      io_.get_executor(), StationOptions{.identity = spec.identity,
                                         .limits = spec.limits,
                                         .vsc = link(spec.vsc),
                                         .usbredir = link(spec.usbredir),
                                         .vsc_transport = *vsc,
                                         .usbredir_transport = *usbredir,
                                         .client = spec.client,
                                         .apdu_timeout = line_.policy.apdu_timeout});
  if (auto opened = station->open(); !opened) return opened;
  stations_.push_back(std::move(station));
  return {};
}

Application::Result Application::add_station(const ReaderSpec& spec) {
  if (leaving_) return std::unexpected("the program is leaving");
  if (auto opened = open_station(spec); !opened) return opened;
  start_station(*stations_.back());
  return {};
}

void Application::start() {
  for (const auto& station : stations_) start_station(*station);
  std::signal(SIGPIPE, SIG_IGN);  // a failed write tells
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  on_signal();
  program::notify_ready();
}

void Application::start_station(Station& station) {
  asio::co_spawn(io_, run_station(station), rethrow);
}

Awaitable<void> Application::run_station(Station& station) {
  auto running = station.run();
  const Result ended = co_await std::move(running);
  if (!ended) {
    failed_ = true;
    log::error("{}: {}", station.name(), ended.error());
  }
  std::erase_if(stations_, [&station](const auto& other) { return other.get() == &station; });
  // As long as it is controlled, readers may be added.
  const bool wanted = !line_.control.empty() && !leaving_ && !failed_;
  if (stations_.empty() && !wanted) io_.stop();
}

/// The first signal asks to leave, the second does not wait for it.
void Application::on_signal() {
  signals_.async_wait([this](const boost::system::error_code& cancelled, int /*signal*/) {
    if (cancelled) return;
    if (leaving_) {
      io_.stop();
      return;
    }
    leave();
    on_signal();
  });
}

void Application::leave() {
  if (std::exchange(leaving_, true)) return;
  program::notify_stopping();
  log::info("leaving");
  for (const auto& station : stations_) station->leave();
  if (stations_.empty()) io_.stop();
}

void Application::close() {
  signals_.cancel();
  control_.close();
  pid_file_.reset();
}

}  // namespace vscard::ccid_passthru
