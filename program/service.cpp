#include "program/service.hpp"

#include "program/default_control.hpp"
#include "program/log.hpp"
#include "program/sandbox.hpp"

#include <csignal>
#include <utility>

namespace vscard::program {
namespace {

bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// A folder that is to be made is made here, since later it could not be; whether that worked is
// seen then.

void add_control(chardev::Access& access, const std::string& address) {
  const auto parsed = parse_control_address(address);
  if (!parsed) return;
  access.add(chardev::access_of({.mode = chardev::Endpoint::Mode::Listen, .address = *parsed}));
}

chardev::Access access_of(const ServiceOptions& options) {
  chardev::Access access;
  if (!options.pid_file.empty()) access.add_file(options.pid_file, chardev::Access::Use::Write);
  if (!options.control.empty()) {
    add_control(access, options.control);
  } else if (options.default_control && *options.default_control) {
    static_cast<void>(make_folder_of(**options.default_control));
    add_control(access, **options.default_control);
  }
  return access;
}

}  // namespace

Service::Service(asio::io_context& io, const CommandTable& commands, Watchers& watchers,
                 std::function<void()> leave)
    : io_(io),
      watchers_(watchers),
      leave_(std::move(leave)),
      signals_(io),
      control_(io.get_executor(), commands) {}

void Service::confine(const ServiceOptions& options) {
  if (!options.sandbox) return;
  chardev::Access access = options.access;
  access.add(access_of(options));
  program::confine(access);
}

Result<> Service::open(const ServiceOptions& options) {
  if (auto opened = open_control(options); !opened) return opened;
  if (!options.pid_file.empty()) {
    auto written = PidFile::write(options.pid_file);
    if (!written) return std::unexpected(written.error());
    pid_file_.emplace(std::move(*written));
  }
  if (options.sandbox) {
    refuse_system_calls(options.access.starts_programs ? StartPrograms::Yes : StartPrograms::No);
  }
  return {};
}

Result<> Service::open_control(const ServiceOptions& options) {
  if (!options.control.empty()) {
    auto opened = control_.open(options.control);
    if (!opened) return std::unexpected(opened.error().about("control socket"));
  } else if (!options.default_control) {
    return {};
  } else if (auto opened = open_default_control(*options.default_control); !opened) {
    log::info("no control socket: {}; give one with --control unix:PATH, or say --control none",
              opened.error().text);
    return {};
  }
  log::info("control at {}", control_.address());
  return {};
}

Result<> Service::open_default_control(const Result<std::string>& address) {
  if (!address) return std::unexpected(address.error());
  if (auto made = make_folder_of(*address); !made) return made;
  return control_.open(*address);
}

void Service::start() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  for (const int number : {SIGHUP, SIGQUIT}) {
    if (!is_ignored(number)) signals_.add(number);  // nohup(1) means what it says
  }
  on_signal();
  log::show_times();
  notify_ready();
}

void Service::on_signal() {
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

void Service::leave() {
  if (std::exchange(leaving_, true)) return;
  notify_stopping();
  log::info("leaving");
  leave_();
}

void Service::close() {
  signals_.cancel();
  watchers_.close();
  io_.restart();
  io_.poll();
  control_.close();
  pid_file_.reset();
}

}  // namespace vscard::program
