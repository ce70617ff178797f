#include "ccid-passthru/application.hpp"

#include "async/spawn.hpp"
#include "ccid-passthru/transports.hpp"
#include "ccid-passthru/usbip/port.hpp"
#include "ccid-passthru/usbredir/usbredir_link.hpp"
#include "chardev/transports.hpp"
#include "inspect/options.hpp"
#include "program/log.hpp"
#include "program/process.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

/// What guests are told that they are connected to.
constexpr const char* kVersion = "vscard " VSCARD_VERSION;

chardev::Access access_of(const ReaderSpec& spec) {
  chardev::Access access = chardev::access_of(spec.vsc.link.endpoint);
  for (const auto& endpoint : spec.usbredir) access.add(chardev::access_of(endpoint));
  return access;
}

}  // namespace

Application::Application(CommandLine line)
    : line_(std::move(line)),
      commands_(
          usb_readers_, watchers_, line_.usbip ? Usbip::Yes : Usbip::No,
          [this](const ReaderSpec& spec) { return add_reader(spec); },
          [this] { service_.leave(); }),
      service_(io_, commands_.table(), watchers_, [this] { leave(); }) {}

int Application::run() {
  if (const Result<> opened = open(); !opened) return program::fail(opened.error());
  start();
  io_.run();
  service_.close();
  if (capture_) capture_->close();
  return failed_ ? program::kFailed : 0;
}

Result<> Application::open() {
  program::allow_all_descriptors();  // a reader takes up to four: two listeners, two peers
  // One that begins with none gets all by its control socket.
  line_.service.access.unknown = line_.readers.empty();
  for (const ReaderSpec& spec : line_.readers) line_.service.access.add(access_of(spec));
  if (line_.usbip) line_.service.access.add(chardev::access_of(*line_.usbip));
  if (line_.capture) line_.service.access.add(capture::access_of(*line_.capture));
  line_.service.access.add(inspect::access_of(line_.inspect));
  program::Service::confine(line_.service);
  if (auto opened = open_capture(); !opened) return opened;
  if (auto opened = open_usbip(); !opened) return opened;
  for (const ReaderSpec& spec : line_.readers) {
    if (auto opened = open_reader(spec); !opened) return opened;
  }
  if (auto opened = open_inspector(); !opened) return opened;
  return service_.open(line_.service);
}

Result<> Application::open_capture() {
  if (!line_.capture) return {};
  capture_.emplace(*line_.capture, watchers_);
  return capture_->open(io_.get_executor());
}

/// `remove` of this program unplugs the reader for good: not for a page.
Result<> Application::open_inspector() {
  if (!line_.inspect) return {};
  inspector_.emplace(io_.get_executor(), commands_.table(), watchers_,
                     inspect::InspectorOptions{.program = "ccid-passthru", .commands = {}});
  return inspector_->open(*line_.inspect);
}

Result<> Application::open_usbip() {
  if (!line_.usbip) return {};
  const auto transport = chardev::find_transport(chardev::peer_transports(), line_.usbip->address);
  if (!transport) return std::unexpected(transport.error());
  usbip_.emplace(io_.get_executor(), link(*line_.usbip), **transport, log::notices_of("USB/IP"));
  return usbip_->open();
}

Result<> Application::open_reader(const ReaderSpec& spec) {
  const auto carrier = carrier_for(spec.identity.name, spec.usbredir_of(0));
  if (!carrier) return std::unexpected(carrier.error());
  auto usb_reader = std::make_unique<UsbReader>(io_.get_executor(), options_for(spec), watchers_,
                                                *carrier, readers_beside(spec));
  if (auto opened = usb_reader->open(); !opened) return opened;
  usb_readers_.push_back(std::move(usb_reader));
  return {};
}

UsbReaderOptions Application::options_for(const ReaderSpec& spec) {
  UsbReaderOptions options{.identity = spec.identity,
                           .limits = spec.limits,
                           .vsc = spec.vsc,
                           .capture = capture_ ? &capture_->capture() : nullptr};
  options.vsc.link = link(spec.vsc.link.endpoint);
  options.vsc.apdu_timeout = line_.policy.apdu_timeout;
  return options;
}

MakeBeside Application::readers_beside(const ReaderSpec& spec) {
  return [this, spec](protocol::vsc::ReaderId number) -> LineReader* {
    const auto made = open_beside(spec.identity.name, number, spec);
    if (made) return &(*made)->on_line();
    log::warning("{}: no reader for a further card: {}", spec.identity.name, made.error().text);
    return nullptr;
  };
}

Result<UsbReader*> Application::open_beside(const std::string& first,
                                            protocol::vsc::ReaderId number, ReaderSpec spec) {
  spec.identity = identity_beside(spec.identity, static_cast<std::uint32_t>(number) + 1);
  UsbReader* const owner = find(first);
  if (owner == nullptr || owner->leaving()) return std::unexpected("the first one is leaving");
  if (find(spec.identity.name) != nullptr) {
    return std::unexpected("there is a reader '" + spec.identity.name + "' already");
  }
  const auto carrier =
      carrier_for(spec.identity.name, spec.usbredir_of(static_cast<std::size_t>(number)));
  if (!carrier) return std::unexpected(carrier.error());
  auto made = std::make_unique<UsbReader>(options_for(spec), watchers_, *carrier, *owner, number);
  if (auto opened = made->open(); !opened) return std::unexpected(opened.error());
  usb_readers_.push_back(std::move(made));
  start_reader(*usb_readers_.back());
  return usb_readers_.back().get();
}

UsbReader* Application::find(const std::string& name) const {
  const auto found = std::ranges::find(usb_readers_, name,
                                       [](const auto& usb_reader) { return usb_reader->name(); });
  return found == usb_readers_.end() ? nullptr : found->get();
}

Result<MakeCarrier> Application::carrier_for(const std::string& name,
                                             const chardev::Endpoint* usbredir) {
  if (usbredir == nullptr) {
    return [this, name](CarriedDevice carried) {
      return std::make_unique<usbip::Port>(io_.get_executor(), *usbip_, std::move(carried), name);
    };
  }
  const auto transport = chardev::find_transport(machine_transports(), usbredir->address);
  if (!transport) return std::unexpected(transport.error());
  const usbredir::UsbredirOptions options{
      .link = link(*usbredir), .transport = *transport, .version = kVersion};
  return [this, options](CarriedDevice carried) {
    return std::make_unique<usbredir::UsbredirLink>(io_.get_executor(), options,
                                                    std::move(carried));
  };
}

session::LinkOptions Application::link(const chardev::Endpoint& endpoint) const {
  using Link = session::LinkOptions;
  return {.endpoint = endpoint,
          .reconnect = line_.policy.reconnect ? Link::Reconnect::Yes : Link::Reconnect::No,
          .exposure = line_.policy.insecure ? Link::Exposure::Allowed : Link::Exposure::Refused};
}

Result<> Application::add_reader(const ReaderSpec& spec) {
  if (service_.leaving()) return std::unexpected("the program is ending");
  const auto lacks = line_.service.access.lacks(access_of(spec));
  if (line_.service.sandbox && lacks) {
    return std::unexpected("the sandbox keeps this process from " + *lacks +
                           ", which no reader on its command line uses; give one there that does, "
                           "or --sandbox=off");
  }
  if (auto opened = open_reader(spec); !opened) return opened;
  start_reader(*usb_readers_.back());
  return {};
}

void Application::start() {
  for (const auto& usb_reader : usb_readers_) start_reader(*usb_reader);
  if (usbip_) async::spawn(io_.get_executor(), usbip_->run());
  service_.start();
}

void Application::start_reader(UsbReader& usb_reader) {
  async::spawn(io_.get_executor(), run_reader(usb_reader));
}

Awaitable<void> Application::run_reader(UsbReader& usb_reader) {
  const Result<> ended = co_await usb_reader.run();
  if (!ended) {
    failed_ = true;
    log::error("{}: {}", usb_reader.name(), ended.error().text);
  }
  const std::string name = usb_reader.name();
  std::erase_if(usb_readers_,
                [&usb_reader](const auto& other) { return other.get() == &usb_reader; });
  if (!service_.leaving()) give_place(name);
  // As long as it is controlled, readers may be added.
  const bool wanted = !line_.service.control.empty() && !service_.leaving() && !failed_;
  if (usb_readers_.empty() && !wanted) io_.stop();
}

/// The name is free: a further card may have waited for it.
void Application::give_place(const std::string& name) {
  const auto waits = [&name](const auto& usb_reader) {
    const auto without = usb_reader->without();
    const auto found = without.find(name);
    return found != without.end() && found->second == protocol::vsc::Use::NoPlace;
  };
  const auto first = std::ranges::find_if(usb_readers_, waits);
  if (first != usb_readers_.end()) (*first)->offer(name);
}

void Application::leave() {
  if (usbip_) usbip_->close();
  for (const auto& usb_reader : usb_readers_) usb_reader->leave();
  if (usb_readers_.empty()) io_.stop();
}

}  // namespace vscard::ccid_passthru
