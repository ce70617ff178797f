#include "ccid-passthru/usbip/port.hpp"

#include "async/error.hpp"
#include "async/event.hpp"
#include "ccid-passthru/usbip/exporter.hpp"
#include "ccid-passthru/usbip/server.hpp"

#include <utility>

namespace vscard::ccid_passthru::usbip {

/// The connections that the server has for the device, as the link's listener.
class Port::Imports final : public chardev::Listener {
 public:
  explicit Imports(std::string address) : address_(std::move(address)) {}

  Awaitable<std::expected<std::unique_ptr<chardev::Stream>, chardev::AcceptError>> accept()
      override {
    while (!next_ && !closed_) co_await changed_.wait();
    if (closed_) co_return std::unexpected(async::aborted());
    co_return std::move(next_);
  }
  void close() override {
    closed_ = true;
    next_.reset();
    changed_.notify();
  }
  std::string address() const override { return address_; }

  void add(std::unique_ptr<chardev::Stream> stream) {
    next_ = std::move(stream);
    changed_.notify();
  }

 private:
  std::string address_;
  std::unique_ptr<chardev::Stream> next_;
  bool closed_ = false;
  async::Event changed_;
};

Port::Port(const asio::any_io_executor& executor, Server& server, CarriedDevice carried,
           std::string reader)
    : server_(server),
      carried_(std::move(carried)),
      reader_(std::move(reader)),
      exported_(server.add(*this)),
      link_(
          executor, server.link(), server.transport(),
          [this](chardev::Stream& stream) { return serve(stream); }, carried_.notify,
          carried_.guest_changed) {}

Port::~Port() { server_.remove(*this); }

Result<> Port::open() {
  auto imports = std::make_unique<Imports>(address() + " bus id " + exported_.bus_id);
  imports_ = imports.get();
  link_.listen_on(std::move(imports));
  return {};
}

void Port::perform(usb::Device::Action action) {
  if (guest_ != nullptr) guest_->perform(std::move(action));
}

void Port::leave() {
  left_ = true;
  link_.stop();
  if (guest_ != nullptr) guest_->unplug();
}

std::string Port::address() const { return server_.address(); }

chardev::Pairing* Port::pairing() const { return server_.pairing(); }

const usb::Descriptors& Port::descriptors() const { return carried_.device.descriptors(); }

void Port::take(std::unique_ptr<chardev::Stream> stream, const std::string& bus_id) {
  taken_ = true;
  asked_for_ = bus_id;
  imports_->add(std::move(stream));
}

Awaitable<session::Ending> Port::serve(chardev::Stream& stream) {
  link_.note_greeting();
  ExportedDevice exported = exported_;
  exported.bus_id = asked_for_;
  std::error_code error;
  {
    Exporter exporter(carried_.device, encode_imported(exported));
    GuestStream guest(stream, carried_, exporter, [] {});
    guest_ = &guest;
    error = co_await guest.run();
    guest_ = nullptr;
  }
  stream.close();
  reset_after_guest(carried_);
  taken_ = false;
  co_return session::Ending{.error = error};
}

}  // namespace vscard::ccid_passthru::usbip
