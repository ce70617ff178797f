#include "ccid-passthru/application.hpp"

#include "ccid-passthru/transports.hpp"
#include "program/log.hpp"

#include <boost/asio/co_spawn.hpp>

#include <sys/resource.h>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

/// A reader takes up to four: two listeners, two peers. The usual soft limit of 1024, which is
/// there for select(2), would end at 250 readers.
void allow_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Application::Application(CommandLine line)
    : line_(std::move(line)),
      commands_(
          usb_readers_, watchers_, [this](const ReaderSpec& spec) { return add_station(spec); },
          [this] { service_.leave(); }),
      service_(io_, commands_.table(), watchers_, [this] { leave(); }) {}

int Application::run() {
  if (const Result<> opened = open(); !opened) {
    log::error("{}", opened.error().text);
    return program::kFailed;
  }
  start();
  io_.run();
  service_.close();
  return failed_ ? program::kFailed : 0;
}

Result<> Application::open() {
  allow_all_descriptors();
  for (const ReaderSpec& spec : line_.readers) {
    if (auto opened = open_station(spec); !opened) return opened;
  }
  return service_.open(line_.service);
}

Result<> Application::open_station(const ReaderSpec& spec) {
  const auto transports = chardev::standard_transports();
  const auto vsc = chardev::find_transport(owner_transports(), spec.vsc.address);
  if (!vsc) return std::unexpected(vsc.error());
  const auto usbredir = chardev::find_transport(transports, spec.usbredir.address);
  if (!usbredir) return std::unexpected(usbredir.error());
  const auto link = [this](const chardev::Endpoint& endpoint) {
    using Link = session::LinkOptions;
    return Link{
        .endpoint = endpoint,
        .reconnect = line_.policy.reconnect ? Link::Reconnect::Yes : Link::Reconnect::No,
        .exposure = line_.policy.insecure ? Link::Exposure::Allowed : Link::Exposure::Refused};
  };
  auto usb_reader =
      std::make_unique<UsbReader>(io_.get_executor(),
                                  UsbReaderOptions{.identity = spec.identity,
                                                   .limits = spec.limits,
                                                   .vsc = link(spec.vsc),
                                                   .usbredir = link(spec.usbredir),
                                                   .vsc_transport = *vsc,
                                                   .usbredir_transport = *usbredir,
                                                   .client = spec.client,
                                                   .apdu_timeout = line_.policy.apdu_timeout},
                                  watchers_);
  if (auto opened = usb_reader->open(); !opened) return opened;
  usb_readers_.push_back(std::move(usb_reader));
  return {};
}

Result<> Application::add_station(const ReaderSpec& spec) {
  if (service_.leaving()) return std::unexpected("the program is leaving");
  if (auto opened = open_station(spec); !opened) return opened;
  start_station(*usb_readers_.back());
  return {};
}

void Application::start() {
  for (const auto& usb_reader : usb_readers_) start_station(*usb_reader);
  service_.start();
}

void Application::start_station(UsbReader& usb_reader) {
  asio::co_spawn(io_, run_usb_reader(usb_reader), rethrow);
}

Awaitable<void> Application::run_usb_reader(UsbReader& usb_reader) {
  auto running = usb_reader.run();
  const Result<> ended = co_await std::move(running);
  if (!ended) {
    failed_ = true;
    log::error("{}: {}", usb_reader.name(), ended.error().text);
  }
  std::erase_if(usb_readers_,
                [&usb_reader](const auto& other) { return other.get() == &usb_reader; });
  // As long as it is controlled, readers may be added.
  const bool wanted = !line_.service.control.empty() && !service_.leaving() && !failed_;
  if (usb_readers_.empty() && !wanted) io_.stop();
}

void Application::leave() {
  for (const auto& usb_reader : usb_readers_) usb_reader->leave();
  if (usb_readers_.empty()) io_.stop();
}

}  // namespace vscard::ccid_passthru
