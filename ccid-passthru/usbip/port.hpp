#pragma once

#include "ccid-passthru/carrier.hpp"
#include "ccid-passthru/guest_stream.hpp"
#include "ccid-passthru/usbip/operation.hpp"
#include "session/link.hpp"

#include <memory>
#include <optional>
#include <string>

namespace vscard::ccid_passthru::usbip {

class Server;

/// Carries a device over USB/IP: the connections of one Server that import this device, one at a
/// time. The server outlives it.
class Port final : public Carrier {
 public:
  Port(const asio::any_io_executor& executor, Server& server, CarriedDevice carried,
       std::string reader);
  ~Port() override;

  Result<> open() override;
  Awaitable<Result<>> run() override { return link_.run(); }
  void perform(usb::Device::Action action) override;
  void leave() override;
  std::string address() const override;
  std::optional<std::string> remote() const override { return link_.remote(); }
  std::optional<std::string> bus_id() const override { return exported_.bus_id; }
  chardev::Pairing* pairing() const override;

  // For the server.

  /// As the list of devices has it.
  const ExportedDevice& exported() const { return exported_; }
  const std::string& reader() const { return reader_; }
  const usb::Descriptors& descriptors() const;
  /// May a client have it?
  bool exists() const { return imports_ != nullptr && !left_; }
  bool taken() const { return taken_; }
  /// Precondition: it is not taken. `bus_id` is what the client has asked for, and is told again.
  void take(std::unique_ptr<chardev::Stream> stream, const std::string& bus_id);

 private:
  class Imports;
  Awaitable<session::Ending> serve(chardev::Stream& stream);

  Server& server_;
  CarriedDevice carried_;
  std::string reader_;
  ExportedDevice exported_;
  session::Link link_;
  Imports* imports_ = nullptr;  ///< the link's, after open()
  std::string asked_for_;       ///< the bus id, by the client that has it
  bool left_ = false;
  bool taken_ = false;            ///< a client has it, or is about to
  GuestStream* guest_ = nullptr;  ///< while one is served
};

}  // namespace vscard::ccid_passthru::usbip
