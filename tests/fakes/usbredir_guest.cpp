#include "tests/fakes/usbredir_guest.hpp"

#include "tests/fakes/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vscard::fakes {

struct UsbredirGuest::Callbacks {
  static UsbredirGuest& guest(void* self) { return *static_cast<UsbredirGuest*>(self); }

  static int read(void* self, std::uint8_t* into, int size) {
    protocol::Bytes& input = guest(self).input_;
    const auto count = std::min(input.size(), static_cast<std::size_t>(size));
    std::ranges::copy(input.first(count), into);
    input = input.subspan(count);
    return static_cast<int>(count);
  }
  static int write(void* self, std::uint8_t* data, int size) {
    auto& output = guest(self).output_;
    output.insert(output.end(), data, data + size);
    return size;
  }
  static void log(void* self, int level, const char* text) {
    if (level <= usbredirparser_warning) guest(self).note(fmt::format("complaint: {}", text));
  }

  static void hello(void* self, usb_redir_hello_header* header) {
    guest(self).note(fmt::format("hello {}", header->version));
  }
  static void ep_info(void* self, usb_redir_ep_info_header* header) {
    guest(self).endpoints = *header;
    guest(self).note("ep_info");
  }
  static void interface_info(void* self, usb_redir_interface_info_header* header) {
    guest(self).interfaces = *header;
    guest(self).note("interface_info");
  }
  static void connect(void* self, usb_redir_device_connect_header* header) {
    guest(self).device = *header;
    guest(self).note("connect");
  }
  static void disconnect(void* self) { guest(self).note("disconnect"); }

  static void configuration(void* self, std::uint64_t id,
                            usb_redir_configuration_status_header* header) {
    guest(self).note(
        fmt::format("configuration {} id {} status {}", header->configuration, id, header->status));
  }
  static void alt_setting(void* self, std::uint64_t id,
                          usb_redir_alt_setting_status_header* header) {
    guest(self).note(fmt::format("alt {}/{} id {} status {}", header->interface, header->alt, id,
                                 header->status));
  }
  static void interrupts(void* self, std::uint64_t /*id*/,
                         usb_redir_interrupt_receiving_status_header* header) {
    guest(self).note(
        fmt::format("interrupts ep {:02x} status {}", header->endpoint, header->status));
  }
  static void control(void* self, std::uint64_t id, usb_redir_control_packet_header* header,
                      std::uint8_t* data, int size) {
    guest(self).note(fmt::format("control id {} status {} length {} {}", id, header->status,
                                 +header->length, taken(self, data, size)));
  }
  static void bulk(void* self, std::uint64_t id, usb_redir_bulk_packet_header* header,
                   std::uint8_t* data, int size) {
    guest(self).note(fmt::format(
        "bulk id {} ep {:02x} status {} length {} {}", id, header->endpoint, header->status,
        header->length_high << 16 | header->length, taken(self, data, size)));
  }
  static void interrupt(void* self, std::uint64_t /*id*/, usb_redir_interrupt_packet_header* header,
                        std::uint8_t* data, int size) {
    guest(self).note(fmt::format("interrupt ep {:02x} status {} {}", header->endpoint,
                                 header->status, taken(self, data, size)));
  }

  static std::string taken(void* self, std::uint8_t* data, int size) {
    std::string text = to_hex({data, static_cast<std::size_t>(size)});
    usbredirparser_free_packet_data(guest(self).parser(), data);
    return text;
  }
};

const std::vector<int> UsbredirGuest::kQemu{
    usb_redir_cap_connect_device_version,  usb_redir_cap_filter,
    usb_redir_cap_ep_info_max_packet_size, usb_redir_cap_64bits_ids,
    usb_redir_cap_32bits_bulk_length,      usb_redir_cap_bulk_receiving};

void UsbredirGuest::reconnect(const std::vector<int>& capabilities) {
  parser_.reset(usbredirparser_create());
  parser_->priv = this;
  parser_->read_func = Callbacks::read;
  parser_->write_func = Callbacks::write;
  parser_->log_func = Callbacks::log;
  parser_->hello_func = Callbacks::hello;
  parser_->ep_info_func = Callbacks::ep_info;
  parser_->interface_info_func = Callbacks::interface_info;
  parser_->device_connect_func = Callbacks::connect;
  parser_->device_disconnect_func = Callbacks::disconnect;
  parser_->configuration_status_func = Callbacks::configuration;
  parser_->alt_setting_status_func = Callbacks::alt_setting;
  parser_->interrupt_receiving_status_func = Callbacks::interrupts;
  parser_->control_packet_func = Callbacks::control;
  parser_->bulk_packet_func = Callbacks::bulk;
  parser_->interrupt_packet_func = Callbacks::interrupt;
  std::array<std::uint32_t, USB_REDIR_CAPS_SIZE> bits{};
  for (const int capability : capabilities) usbredirparser_caps_set_cap(bits.data(), capability);
  usbredirparser_init(parser_.get(), "test guest", bits.data(), USB_REDIR_CAPS_SIZE, 0);
}

std::vector<std::uint8_t> UsbredirGuest::output() {
  usbredirparser_do_write(parser_.get());
  return std::exchange(output_, {});
}

void UsbredirGuest::feed(protocol::Bytes bytes) {
  input_ = bytes;
  while (usbredirparser_do_read(parser_.get()) != 0) note("error");
}

std::vector<std::string> UsbredirGuest::seen() { return std::exchange(seen_, {}); }

void UsbredirGuest::get_descriptor(std::uint64_t id, std::uint16_t value, std::uint16_t length) {
  control(id, 0x80, 6, value, 0, length);
}

void UsbredirGuest::control(std::uint64_t id, std::uint8_t request_type, std::uint8_t request,
                            std::uint16_t value, std::uint16_t index, std::uint16_t length) {
  usb_redir_control_packet_header header{
      .endpoint = static_cast<std::uint8_t>(request_type & 0x80),
      .request = request,
      .requesttype = request_type,
      .status = 0,
      .value = value,
      .index = index,
      .length = length,
  };
  usbredirparser_send_control_packet(parser(), id, &header, nullptr, 0);
}

void UsbredirGuest::set_configuration(std::uint64_t id, std::uint8_t configuration) {
  usb_redir_set_configuration_header header{configuration};
  usbredirparser_send_set_configuration(parser(), id, &header);
}

void UsbredirGuest::set_alt_setting(std::uint64_t id, std::uint8_t interface, std::uint8_t alt) {
  usb_redir_set_alt_setting_header header{.interface = interface, .alt = alt};
  usbredirparser_send_set_alt_setting(parser(), id, &header);
}

void UsbredirGuest::bulk_out(std::uint64_t id, std::uint8_t endpoint, protocol::Bytes data) {
  std::vector<std::uint8_t> copy(data.begin(), data.end());
  usb_redir_bulk_packet_header header{
      .endpoint = endpoint,
      .status = 0,
      .length = static_cast<std::uint16_t>(data.size()),
      .stream_id = 0,
      .length_high = static_cast<std::uint16_t>(data.size() >> 16),
  };
  usbredirparser_send_bulk_packet(parser(), id, &header, copy.data(),
                                  static_cast<int>(copy.size()));
}

void UsbredirGuest::bulk_in(std::uint64_t id, std::uint8_t endpoint, std::uint32_t length) {
  usb_redir_bulk_packet_header header{
      .endpoint = endpoint,
      .status = 0,
      .length = static_cast<std::uint16_t>(length),
      .stream_id = 0,
      .length_high = static_cast<std::uint16_t>(length >> 16),
  };
  usbredirparser_send_bulk_packet(parser(), id, &header, nullptr, 0);
}

void UsbredirGuest::start_interrupts(std::uint8_t endpoint) {
  usb_redir_start_interrupt_receiving_header header{endpoint};
  usbredirparser_send_start_interrupt_receiving(parser(), 0, &header);
}

void UsbredirGuest::stop_interrupts(std::uint8_t endpoint) {
  usb_redir_stop_interrupt_receiving_header header{endpoint};
  usbredirparser_send_stop_interrupt_receiving(parser(), 0, &header);
}

}  // namespace vscard::fakes
