#include "ccid-passthru/usb_reader.hpp"

#include "async/first_of.hpp"
#include "ccid-passthru/reader_spec.hpp"
#include "program/log.hpp"

#include <utility>

namespace vscard::ccid_passthru {
namespace {

using protocol::Clock;
using protocol::vsc::VscHost;
using usb::Device;

/// The client is answered when the guest can see its card.
static_assert(ccid::kUnseenTime + 2 * ccid::kEmptyTime < session::kShowTimeout);

std::unique_ptr<UsbCapture> make_usb_capture(const UsbReaderOptions& options) {
  if (options.capture == nullptr) return nullptr;
  return std::make_unique<UsbCapture>(*options.capture, options.identity, options.limits);
}

}  // namespace

UsbReader::UsbReader(const asio::any_io_executor& executor, UsbReaderOptions options,
                     program::Watchers& watchers, const MakeCarrier& make_carrier,
                     MakeBeside make_beside)
    : UsbReader(std::move(options), watchers, make_carrier, protocol::vsc::ReaderId{0}) {
  own_line_ = std::make_unique<ClientLine>(executor, options_.vsc, on_line(),
                                           log::notices_of(name()), std::move(make_beside));
  line_ = own_line_.get();
}

UsbReader::UsbReader(UsbReaderOptions options, program::Watchers& watchers,
                     const MakeCarrier& make_carrier, UsbReader& first,
                     protocol::vsc::ReaderId number)
    : UsbReader(std::move(options), watchers, make_carrier, number) {
  line_ = first.line_;
}

UsbReader::UsbReader(UsbReaderOptions options, program::Watchers& watchers,
                     const MakeCarrier& make_carrier, protocol::vsc::ReaderId number)
    : options_(std::move(options)),
      watchers_(watchers),
      usb_capture_(make_usb_capture(options_)),
      device_(options_.identity, options_.limits, usb_capture_.get()),
      trail_("reader", name(), watchers, [this] { return carrier_->remote().value_or(""); }),
      number_(number),
      carrier_(make_carrier(
          {.device = device_,
           .for_card = [this](Device::Actions actions) { perform(std::move(actions)); },
           .notify = log::notices_of(name()),
           .guest_changed = [this] { watchers_.publish([this] { return guest_event(); }); }})),
      deadlines_([this] { return device_.deadline(); },
                 [this] {
                   perform(device_.expire(Clock::now()));
                   if (line_ != nullptr) line_->link().look();
                 }) {}

Result<> UsbReader::open() {
  if (own_line_) {
    if (auto opened = own_line_->link().open(); !opened) return opened;
  }
  if (auto opened = carrier_->open(); !opened) return opened;
  watchers_.publish([this] { return program::reader_event(about(), "added"); });
  return {};
}

Awaitable<Result<>> UsbReader::run() {
  const auto ended = co_await async::cut_short(run_sides(), deadlines_.run());
  watchers_.publish([this] { return program::reader_event(about(), "removed"); });
  co_return ended ? *ended : Result<>();
}

Awaitable<Result<>> UsbReader::run_sides() {
  if (!own_line_) co_return co_await run_side(carrier_->run());
  auto sides = async::all_of(run_side(own_line_->link().run()), run_side(carrier_->run()));
  const auto ended = co_await std::move(sides);
  co_return ended.front() ? ended.back() : ended.front();
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
  if (own_line_) own_line_->leave();
  if (!own_line_ && line_ != nullptr) leave_line();
}

/// The first one's client may have a card for it.
void UsbReader::leave_line() {
  if (at_client_) log::info("{}: its card has no reader until ctl add {}", name(), name());
  at_client_ = false;
  std::exchange(line_, nullptr)->forget(number_);
}

std::map<std::string, protocol::vsc::Use> UsbReader::without() const {
  std::map<std::string, protocol::vsc::Use> names;
  if (!own_line_) return names;
  for (const auto& [number, why] : own_line_->without_reader()) {
    names.emplace(name_beside(number), why);
  }
  return names;
}

bool UsbReader::offer(const std::string& name) {
  if (!own_line_ || leaving_) return false;
  for (const auto& [number, why] : own_line_->without_reader()) {
    if (name_beside(number) == name) return own_line_->offer(number);
  }
  return false;
}

std::string UsbReader::name_beside(protocol::vsc::ReaderId number) const {
  return identity_beside(options_.identity, static_cast<std::uint32_t>(number) + 1).name;
}

void UsbReader::lose_line() {
  line_ = nullptr;
  at_client_ = false;
  leave();
}

void UsbReader::client_changed() {
  watchers_.publish([this] { return client_event(); });
}

UsbReader::End UsbReader::client() const {
  if (line_ == nullptr) return {};
  const session::HostLink& link = line_->link();
  return {.address = link.address(), .remote = link.remote(), .round_trip = link.round_trip()};
}

UsbReader::Status UsbReader::status() const {
  std::vector<std::string> names;
  for (const auto& [name, why] : without()) names.push_back(name);
  return {.reader = name(),
          .serial = options_.identity.serial,
          .card = card_.has_value(),
          .client = client(),
          .guest = {.address = carrier_->address(),
                    .remote = carrier_->remote(),
                    .bus_id = carrier_->bus_id()},
          .without = std::move(names)};
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
  for (const std::string& reader : now.without) {
    report.missing.push_back("a reader for a further card: ccid-passthru ctl add " + reader);
  }
  if (!now.guest.remote) {
    report.missing.emplace_back(
        now.guest.bus_id ? "a machine that attaches it: --print usbip shows how"
                         : "a virtual machine: --print qemu, or libvirt, shows how to attach it");
  }
  return report;
}

std::vector<chardev::Pairing*> UsbReader::pairings() const {
  std::vector<chardev::Pairing*> pairings{own_line_ ? own_line_->link().pairing() : nullptr,
                                          carrier_->pairing()};
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
  const End end = client();
  return program::remote_event(about(), "client", end.address, end.remote);
}

program::Json UsbReader::guest_event() const {
  return program::remote_event(about(), "guest", carrier_->address(), carrier_->remote());
}

void UsbReader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    at_client_ = true;
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
    at_client_ = false;
  }
}

void UsbReader::perform(Device::Actions actions) {
  for (auto& action : actions) {
    if (auto* command = std::get_if<Device::Transmit>(&action)) {
      transmit(std::move(command->command));
    } else if (std::holds_alternative<Device::AbortTransmit>(action)) {
      log::debug("{}: the guest does not wait for its command any more", name());
      if (at_client_) line_->link().abort(number_);
    } else if (const auto* power = std::get_if<Device::PowerCard>(&action)) {
      if (at_client_) line_->link().power(number_, power->action);
    } else {
      carrier_->perform(std::move(action));
    }
  }
  deadlines_.wake();
}

void UsbReader::transmit(protocol::SecretBytes command) {
  trail_.command(command.view());
  if (at_client_) {
    line_->link().transmit(number_, std::move(command));
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
