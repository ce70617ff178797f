#include "ccid-passthru/usb_reader.hpp"

#include "program/log.hpp"
#include "protocol/iso7816/apdu_log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace vscard::ccid_passthru {
namespace {

using protocol::Clock;
using protocol::Time;
using protocol::vsc::VscHost;
using usb::Device;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
/// What guests are told that they are connected to.
constexpr const char* kVersion = "vscard " VSCARD_VERSION;

}  // namespace

UsbReader::UsbReader(const asio::any_io_executor& executor, UsbReaderOptions options,
                     program::Watchers& watchers)
    : options_(std::move(options)),
      watchers_(watchers),
      device_(options_.identity, options_.limits),
      owner_(executor, *this, options_.client, options_.apdu_timeout),
      guest_(
          executor, device_, kVersion,
          [this](Device::Actions actions) { perform(std::move(actions)); },
          [this](const Notice& notice) { tell(notice); }),
      vsc_(
          executor, watched(options_.vsc, "vsc", vsc_), *options_.vsc_transport,
          [this](chardev::Stream& stream) { return owner_.serve(stream); },
          [this](const Notice& notice) { tell(notice); }),
      usbredir_(
          executor, watched(options_.usbredir, "usbredir", usbredir_), *options_.usbredir_transport,
          [this](chardev::Stream& stream) { return guest_.serve(stream); },
          [this](const Notice& notice) { tell(notice); }),
      deadline_(executor, Time::max()) {}

Result<> UsbReader::open() {
  if (auto opened = vsc_.open(); !opened) return opened;
  if (auto opened = usbredir_.open(); !opened) return opened;
  watchers_.publish([this] { return program::reader_event(about(), "added"); });
  return {};
}

/// The same, with what tells the watchers of the remotes of the link.
session::LinkOptions UsbReader::watched(session::LinkOptions options, const char* protocol,
                                        const session::Link& link) {
  options.remote_changed = [this, protocol, &link] {
    watchers_.publish([&] { return remote_event(protocol, link); });
  };
  return options;
}

Awaitable<Result<>> UsbReader::run() {
  using asio::experimental::awaitable_operators::operator&&;
  using asio::experimental::awaitable_operators::operator||;
  auto running = (run_link(vsc_) && run_link(usbredir_)) || keep_deadlines();
  const auto ended = co_await std::move(running);
  watchers_.publish([this] { return program::reader_event(about(), "removed"); });
  // The deadlines have no end of their own.
  const auto& [vsc, usbredir] = std::get<0>(ended);
  co_return vsc ? usbredir : vsc;
}

/// One link is of no use without the other.
Awaitable<Result<>> UsbReader::run_link(session::Link& link) {
  auto running = link.run();
  const Result<> ended = co_await std::move(running);
  if (!ended) leave();
  co_return ended;
}

void UsbReader::leave() {
  vsc_.stop();
  usbredir_.stop();
  guest_.leave();
  owner_.leave();
}

UsbReader::Status UsbReader::status() const {
  return {.reader = name(),
          .serial = options_.identity.serial,
          .card = card_.has_value(),
          .vsc = {.address = vsc_.address(), .peer = vsc_.remote()},
          .usbredir = {.address = usbredir_.address(), .peer = usbredir_.remote()}};
}

std::vector<program::Json> UsbReader::present() const {
  return {program::reader_event(about(), "added"), card_event(), remote_event("vsc", vsc_),
          remote_event("usbredir", usbredir_)};
}

program::Json UsbReader::card_event() const {
  return program::card_event(about(), card_ ? "inserted" : "absent", card_);
}

program::Json UsbReader::remote_event(const char* protocol, const session::Link& link) const {
  return program::remote_event(about(), protocol, link.address(), link.remote());
}

void UsbReader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    if (!reader_) reader_ = added->reader;
    log::debug("{}: the card's owner calls its reader '{}'", name(), added->name);
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    insert_card(inserted->atr);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    remove_card();
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    log::trace("{}: response {}", name(),
               protocol::iso7816::describe_response(response->bytes.view()));
    watchers_.publish_apdu(
        [&] { return program::response_event(about(), response->bytes.view()); });
    perform(device_.respond(std::move(response->bytes)));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    tell_of_failure(failed->reason);
    watchers_.publish_apdu([&] { return program::response_event(about(), std::nullopt); });
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
      if (reader_) owner_.abort(*reader_);
    } else {
      guest_.perform(std::move(action));
    }
  }
  wake();
}

void UsbReader::transmit(protocol::SecretBytes command) {
  log::trace("{}: command {}", name(), protocol::iso7816::describe_command(command.view()));
  watchers_.publish_apdu([&] { return program::command_event(about(), command.view()); });
  if (reader_) {
    owner_.transmit(*reader_, std::move(command));
  } else {
    perform(device_.fail(protocol::Errc::NoCard));
  }
}

void UsbReader::insert_card(const protocol::iso7816::Atr& atr) {
  log::info("{}: {}", name(), card_ ? "card reset" : "card inserted");
  card_ = atr;
  told_of_failure_ = false;
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
void UsbReader::tell_of_failure(protocol::Errc reason) {
  const std::string text = make_error_code(reason).message();
  if (std::exchange(told_of_failure_, true)) {
    log::debug("{}: a command got no answer: {}", name(), text);
  } else {
    log::warning("{}: a command got no answer: {}", name(), text);
  }
}

void UsbReader::tell(const Notice& notice) const {
  if (notice.severity == Notice::Severity::Warning) {
    log::warning("{}: {}", name(), notice.text);
  } else {
    log::info("{}: {}", name(), notice.text);
  }
}

Awaitable<void> UsbReader::keep_deadlines() {
  while (true) {
    deadline_.expires_at(device_.deadline().value_or(Time::max()));
    co_await deadline_.async_wait(kAsTuple);  // or an earlier one was set
    const auto due = device_.deadline();
    if (due && Clock::now() >= *due) perform(device_.expire(Clock::now()));
  }
}

/// The device's deadline may have become an earlier one.
void UsbReader::wake() {
  const auto due = device_.deadline();
  if (due && *due < deadline_.expiry()) deadline_.expires_at(*due);
}

}  // namespace vscard::ccid_passthru
