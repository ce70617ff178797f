#include "ccid-passthru/usb_reader.hpp"

#include "async/first_of.hpp"
#include "program/log.hpp"

#include <utility>

namespace vscard::ccid_passthru {
namespace {

using protocol::Clock;
using protocol::vsc::VscHost;
using usb::Device;

std::unique_ptr<UsbCapture> make_usb_capture(const UsbReaderOptions& options) {
  if (options.capture == nullptr) return nullptr;
  return std::make_unique<UsbCapture>(*options.capture, options.identity, options.limits);
}

}  // namespace

UsbReader::UsbReader(const asio::any_io_executor& executor, UsbReaderOptions options,
                     program::Watchers& watchers, const MakeCarrier& make_carrier)
    : options_(std::move(options)),
      watchers_(watchers),
      usb_capture_(make_usb_capture(options_)),
      device_(options_.identity, options_.limits, usb_capture_.get()),
      trail_("reader", name(), watchers),
      client_(executor, options_.vsc, *this, log::notices_of(name()),
              [this] { watchers_.publish([this] { return client_event(); }); }),
      carrier_(make_carrier(
          {.device = device_,
           .for_card = [this](Device::Actions actions) { perform(std::move(actions)); },
           .notify = log::notices_of(name()),
           .guest_changed = [this] { watchers_.publish([this] { return guest_event(); }); }})),
      deadlines_([this] { return device_.deadline(); },
                 [this] {
                   perform(device_.expire(Clock::now()));
                   client_.look();
                 }) {}

Result<> UsbReader::open() {
  if (auto opened = client_.open(); !opened) return opened;
  if (auto opened = carrier_->open(); !opened) return opened;
  watchers_.publish([this] { return program::reader_event(about(), "added"); });
  return {};
}

Awaitable<Result<>> UsbReader::run() {
  auto sides = async::all_of(run_side(client_.run()), run_side(carrier_->run()));
  const auto ended = co_await async::cut_short(std::move(sides), deadlines_.run());
  watchers_.publish([this] { return program::reader_event(about(), "removed"); });
  if (!ended) co_return Result<>();
  co_return ended->front() ? ended->back() : ended->front();
}

/// One side is of no use without the other.
Awaitable<Result<>> UsbReader::run_side(Awaitable<Result<>> side) {
  Result<> ended = co_await std::move(side);
  leave();
  co_return ended;
}

void UsbReader::leave() {
  if (std::exchange(leaving_, true)) return;
  carrier_->leave();
  client_.leave();
}

UsbReader::Status UsbReader::status() const {
  return {.reader = name(),
          .serial = options_.identity.serial,
          .card = card_.has_value(),
          .client = {.address = client_.address(),
                     .remote = client_.remote(),
                     .round_trip = client_.round_trip()},
          .guest = {.address = carrier_->address(),
                    .remote = carrier_->remote(),
                    .bus_id = carrier_->bus_id()}};
}

program::StatusReport UsbReader::report() const {
  const Status now = status();
  const auto text = [](const End& end) {
    return end.remote.value_or("none at " + end.address) +
           (end.bus_id ? " bus id " + *end.bus_id : "");
  };
  program::StatusReport report{.subject = "reader " + name() + (now.card ? ": card" : ": no card"),
                               .facts = {{"client", text(now.client)},
                                         {"guest", text(now.guest)},
                                         {"last command", trail_.last().value_or("none")}},
                               .missing = {}};
  if (!now.client.remote) {
    report.missing.push_back("a client with a card: vscclient for " + now.client.address);
  } else if (!now.card) {
    report.missing.emplace_back("a card: insert one at the client");
  }
  if (!now.guest.remote) {
    report.missing.emplace_back(
        now.guest.bus_id ? "a machine that attaches it: --print usbip shows how"
                         : "a virtual machine: --print qemu, or libvirt, shows how to attach it");
  }
  return report;
}

std::vector<chardev::Pairing*> UsbReader::pairings() const {
  std::vector<chardev::Pairing*> pairings{client_.pairing(), carrier_->pairing()};
  std::erase(pairings, nullptr);
  return pairings;
}

std::vector<program::Json> UsbReader::present() const {
  return {program::reader_event(about(), "added"), card_event(), client_event(), guest_event()};
}

program::Json UsbReader::card_event() const {
  return program::card_event(about(), card_ ? "inserted" : "absent", card_);
}

program::Json UsbReader::client_event() const {
  return program::remote_event(about(), "client", client_.address(), client_.remote());
}

program::Json UsbReader::guest_event() const {
  return program::remote_event(about(), "guest", carrier_->address(), carrier_->remote());
}

void UsbReader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    if (!reader_) reader_ = added->reader;
    log::debug("{}: the client calls its reader '{}'", name(), added->name);
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    insert_card(inserted->atr);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    remove_card();
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    trail_.response(response->bytes.view());
    perform(device_.respond(std::move(response->bytes)));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    report_failure(failed->reason);
    trail_.no_answer();
    perform(device_.fail(failed->reason));
  } else if (std::holds_alternative<VscHost::ReaderRemoved>(action)) {
    reader_.reset();
  }
}

void UsbReader::perform(Device::Actions actions) {
  for (auto& action : actions) {
    if (auto* command = std::get_if<Device::Transmit>(&action)) {
      transmit(std::move(command->command));
    } else if (std::holds_alternative<Device::AbortTransmit>(action)) {
      log::debug("{}: the guest does not wait for its command any more", name());
      if (reader_) client_.abort(*reader_);
    } else if (const auto* power = std::get_if<Device::PowerCard>(&action)) {
      if (reader_) client_.power(*reader_, power->action);
    } else {
      carrier_->perform(std::move(action));
    }
  }
  deadlines_.wake();
}

void UsbReader::transmit(protocol::SecretBytes command) {
  trail_.command(command.view());
  if (reader_) {
    client_.transmit(*reader_, std::move(command));
  } else {
    perform(device_.fail(protocol::Errc::NoCard));
  }
}

void UsbReader::insert_card(const protocol::iso7816::Atr& atr) {
  log::info("{}: {}", name(), card_ ? "card reset" : "card inserted");
  card_ = atr;
  failure_reported_ = false;
  watchers_.publish([this] { return card_event(); });
  perform(device_.insert_card(atr, Clock::now()));
}

void UsbReader::remove_card() {
  log::info("{}: card removed", name());
  card_.reset();
  watchers_.publish([this] { return card_event(); });
  perform(device_.remove_card(Clock::now()));
}

/// A guest may send commands that fail for ever, so only a card's first one is worth a warning.
void UsbReader::report_failure(protocol::Errc reason) {
  const std::string text = make_error_code(reason).message();
  if (std::exchange(failure_reported_, true)) {
    log::debug("{}: a command got no answer: {}", name(), text);
  } else {
    log::warning("{}: a command got no answer: {}", name(), text);
  }
}

}  // namespace vscard::ccid_passthru
