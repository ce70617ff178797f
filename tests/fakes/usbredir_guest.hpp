#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <usbredirparser.h>
#include <vector>

namespace vscard::fakes {

/// The other end of a usbredir stream: libusbredirparser as QEMU uses it, in the guest's role. What
/// it receives is written down, a line per packet.
class UsbredirGuest {
 public:
  /// QEMU's capabilities, without bulk streams.
  static const std::vector<int> kQemu;

  explicit UsbredirGuest(const std::vector<int>& capabilities = kQemu) { reconnect(capabilities); }
  UsbredirGuest(const UsbredirGuest&) = delete;
  UsbredirGuest& operator=(const UsbredirGuest&) = delete;
  ~UsbredirGuest() = default;

  /// A new stream.
  void reconnect(const std::vector<int>& capabilities);

  /// For the library's usbredirparser_send_….
  usbredirparser* parser() { return parser_.get(); }
  /// What it has to write since the last call.
  std::vector<std::uint8_t> output();
  void feed(protocol::Bytes bytes);
  /// What it has received since the last call.
  std::vector<std::string> seen();

  usb_redir_ep_info_header endpoints{};
  usb_redir_interface_info_header interfaces{};
  usb_redir_device_connect_header device{};

  // What QEMU sends, as it sends it.
  void get_descriptor(std::uint64_t id, std::uint16_t value, std::uint16_t length);
  void control(std::uint64_t id, std::uint8_t request_type, std::uint8_t request,
               std::uint16_t value, std::uint16_t index, std::uint16_t length);
  void set_configuration(std::uint64_t id, std::uint8_t configuration);
  void set_alt_setting(std::uint64_t id, std::uint8_t interface, std::uint8_t alt);
  void bulk_out(std::uint64_t id, std::uint8_t endpoint, protocol::Bytes data);
  void bulk_in(std::uint64_t id, std::uint8_t endpoint, std::uint32_t length);
  void start_interrupts(std::uint8_t endpoint);
  void stop_interrupts(std::uint8_t endpoint);

 private:
  struct Callbacks;
  struct Free {
    void operator()(usbredirparser* parser) const noexcept { usbredirparser_destroy(parser); }
  };

  void note(std::string line) { seen_.push_back(std::move(line)); }

  std::unique_ptr<usbredirparser, Free> parser_;
  protocol::Bytes input_;
  std::vector<std::uint8_t> output_;
  std::vector<std::string> seen_;
};

}  // namespace vscard::fakes
