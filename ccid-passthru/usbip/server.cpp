#include "ccid-passthru/usbip/server.hpp"

#include "async/error.hpp"
#include "async/sleep.hpp"
#include "ccid-passthru/usbip/endpoint.hpp"
#include "ccid-passthru/usbip/port.hpp"
#include "chardev/handshake_listener.hpp"
#include "protocol/errc.hpp"

#include <array>
#include <utility>
#include <vector>

namespace vscard::ccid_passthru::usbip {
namespace {

using protocol::Clock;

/// Who asks for a device that somebody has may be the same one again, whose end is not seen yet.
constexpr std::chrono::milliseconds kWaitForPreviousClient{100};
/// A failure that repeats itself is told as often.
constexpr std::chrono::minutes kBetweenNotes{1};
/// Different failures that are remembered as told.
constexpr std::size_t kMaxNoted = 32;

/// A device number has 16 bits in a devid. So many names are remembered.
constexpr std::size_t kMaxNumber = 0xffff;

/// What a connection came to, for the log; that it was closed is not worth a line.
std::string describe(const std::error_code& error) {
  return !error || chardev::closed_by_remote(error) ? "" : error.message();
}

}  // namespace

Server::Server(asio::any_io_executor executor, session::LinkOptions options,
               const chardev::Transport& transport, Notify notify)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      transport_(transport),
      notify_(std::move(notify)) {}

Server::~Server() = default;

Result<> Server::open() {
  const chardev::Address& address = options_.endpoint.address;
  if (options_.exposure == session::LinkOptions::Exposure::Refused) {
    if (auto safe = check_exposure(address, transport_); !safe) return safe;
  }
  auto listener = transport_.listen(executor_, address);
  if (!listener) {
    return std::unexpected("cannot listen on " + address.text() + ": " + listener.error().text);
  }
  pairing_ = (*listener)->pairing();
  listener_ = chardev::handshake_listener(
      executor_, std::move(*listener),
      [this](std::unique_ptr<chardev::Stream> stream) { return greet(std::move(stream)); },
      address.scheme);
  notify_({.severity = Notice::Severity::Info, .text = "listening on " + this->address()});
  if (pairing_ != nullptr) pairing_->start(notify_);
  return {};
}

Awaitable<void> Server::run() {
  while (true) {
    auto accepted = co_await listener_->accept();
    if (closed_) co_return;
    // What was imported has gone to its port.
    if (!accepted) note_failed(accepted.error());
  }
}

void Server::close() {
  closed_ = true;
  if (listener_) listener_->close();
}

std::string Server::address() const {
  return listener_ ? listener_->address() : options_.endpoint.address.text();
}

std::uint16_t Server::number_of(const std::string& reader) {
  const auto known = numbers_.find(reader);
  if (known != numbers_.end()) return known->second;
  if (numbers_.size() >= kMaxNumber) numbers_.clear();
  do ++last_number_;
  while (last_number_ == 0 || ports_.contains(last_number_));
  numbers_.emplace(reader, last_number_);
  return last_number_;
}

ExportedDevice Server::add(Port& port) {
  const std::uint16_t number = number_of(port.reader());
  ports_.emplace(number, &port);
  const auto& descriptors = port.descriptors();
  return {.path = "vscard reader " + port.reader(),
          .bus_id = std::to_string(kBus) + "-" + std::to_string(number),
          .number = number,
          .speed = descriptors.speed(),
          .id = descriptors.id()};
}

void Server::remove(const Port& port) { ports_.erase(port.exported().number); }

/// By its bus id or, as that is easier to remember, by the reader's name.
Port* Server::find(const std::string& bus_id) const {
  Port* found = nullptr;
  for (const auto& [number, port] : ports_) {
    if (!port->exists()) continue;
    if (port->exported().bus_id == bus_id) return port;
    if (port->reader() == bus_id) found = port;
  }
  return found;
}

/// What a connection begins with. Whatever it comes to, the listener gets no stream.
Awaitable<Server::Greeted> Server::greet(std::unique_ptr<chardev::Stream> stream) {
  std::array<std::uint8_t, kOperationHeader> header{};
  if (const auto error = co_await chardev::read_exactly(*stream, header)) {
    co_return std::unexpected(describe(error));
  }
  if (chardev::begins_like_tls(header)) {
    co_return std::unexpected(make_error_code(protocol::Errc::SpeaksTls).message());
  }
  const auto operation = parse_operation(header);
  if (!operation) co_return std::unexpected(make_error_code(operation.error()).message());
  std::string failed;
  if (*operation == Operation::ListDevices) {
    failed = co_await list_devices(*stream);
  } else {
    failed = co_await import(std::move(stream));
  }
  co_return std::unexpected(std::move(failed));
}

Awaitable<std::string> Server::list_devices(chardev::Stream& stream) {
  std::vector<ExportedDevice> devices;
  for (const auto& [number, port] : ports_) {
    if (port->exists()) devices.push_back(port->exported());
  }
  const auto list = encode_device_list(devices);
  co_return describe(co_await stream.write(list));
}

Awaitable<std::string> Server::import(std::unique_ptr<chardev::Stream> stream) {
  std::array<std::uint8_t, kBusIdField> field{};
  if (const auto error = co_await chardev::read_exactly(*stream, field)) co_return describe(error);
  const auto bus_id = parse_bus_id(field);
  if (!bus_id) co_return make_error_code(bus_id.error()).message();
  Port* port = find(*bus_id);
  if (port != nullptr && port->taken()) {
    co_await async::sleep(kWaitForPreviousClient);
    port = find(*bus_id);
  }
  if (port != nullptr && !port->taken()) {
    port->take(std::move(stream), *bus_id);
    co_return "";
  }
  const auto refused = encode_refused();
  if (const auto error = co_await stream->write(refused)) co_return describe(error);
  co_return port == nullptr ? "it asked for a bus id that no reader has"
                            : "it asked for a reader that another client has";
}

void Server::note_failed(const chardev::AcceptError& error) {
  const std::string text = error.text.empty()
                               ? "cannot accept on " + address() + ": " + error.reason.message()
                               : error.text;
  const auto now = Clock::now();
  if (noted_.size() >= kMaxNoted) noted_.clear();
  const auto [last, is_new] = noted_.try_emplace(text, now);
  if (!is_new && now - last->second < kBetweenNotes) return;
  last->second = now;
  const std::string about = error.text.empty() ? "" : error.remote + ": ";
  notify_({.severity = Notice::Severity::Warning, .text = about + text});
}

}  // namespace vscard::ccid_passthru::usbip
