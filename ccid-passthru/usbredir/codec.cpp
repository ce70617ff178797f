#include "ccid-passthru/usbredir/codec.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <span>
#include <usbredirfilter.h>
#include <usbredirparser.h>
#include <utility>

namespace vscard::ccid_passthru::usbredir {
namespace {

/// Frees a payload that the library has handed over.
struct WipeAndFree {
  std::size_t size = 0;
  void operator()(std::uint8_t* data) const noexcept {
    ::explicit_bzero(data, size);
    usbredirparser_free_packet_data(nullptr, data);
  }
};

protocol::SecretBytes take(std::uint8_t* data, int size) {
  if (data == nullptr) return {};
  const auto bytes = static_cast<std::size_t>(size);
  const std::unique_ptr<std::uint8_t, WipeAndFree> owned(data, WipeAndFree{bytes});
  return protocol::SecretBytes::copy_of({data, bytes});
}

std::uint8_t number(usb::Status status) {
  switch (status) {
    case usb::Status::Success:
      return usb_redir_success;
    case usb::Status::Cancelled:
      return usb_redir_cancelled;
    case usb::Status::Invalid:
      return usb_redir_inval;
    case usb::Status::TooMany:
      return usb_redir_ioerror;
    case usb::Status::Stall:
      return usb_redir_stall;
    case usb::Status::Babble:
      return usb_redir_babble;
  }
  return usb_redir_ioerror;
}

std::uint64_t number(usb::RequestId id) { return std::to_underlying(id); }

/// The library expects a null pointer for no data.
std::uint8_t* pointer(protocol::SecretBytes& data) {
  return data.empty() ? nullptr : data.data().data();
}

int size(const protocol::SecretBytes& data) { return static_cast<int>(data.size()); }

/// Where ep_info describes an endpoint: OUT 0 to 15, then IN 0 to 15.
std::size_t ep_info_index(std::uint8_t address) {
  return (address & 0x0fU) + ((address & 0x80U) != 0 ? 16U : 0U);
}

}  // namespace

/// The library's callbacks, one packet each. The library has checked type, direction and length.
struct Codec::Callbacks {
  static Codec& codec(void* self) { return *static_cast<Codec*>(self); }

  static int read(void* self, std::uint8_t* into, int size) noexcept {
    protocol::Bytes& readable = codec(self).readable_;
    const auto count = std::min(readable.size(), static_cast<std::size_t>(size));
    std::ranges::copy(readable.first(count), into);
    readable = readable.subspan(count);
    return static_cast<int>(count);
  }

  static int write(void* self, std::uint8_t* data, int size) noexcept {
    codec(self).output_.push_back(take(data, size));
    codec(self).output_bytes_ += static_cast<std::size_t>(size);
    return size;
  }

  // The error that follows says enough.
  static void log(void* /*self*/, int /*level*/, const char* /*text*/) noexcept {}

  static void hello(void* self, usb_redir_hello_header* header) noexcept {
    const std::size_t size = ::strnlen(header->version, sizeof header->version);
    codec(self).request_ = Hello{std::string(header->version, size)};
  }
  static void reset(void* self) noexcept { codec(self).request_ = Reset{}; }
  static void set_configuration(void* self, std::uint64_t id,
                                usb_redir_set_configuration_header* header) noexcept {
    codec(self).request_ =
        SetConfiguration{.id = usb::RequestId{id}, .configuration = header->configuration};
  }
  static void get_configuration(void* self, std::uint64_t id) noexcept {
    codec(self).request_ = GetConfiguration{usb::RequestId{id}};
  }
  static void set_alt_setting(void* self, std::uint64_t id,
                              usb_redir_set_alt_setting_header* header) noexcept {
    codec(self).request_ =
        SetAltSetting{.id = usb::RequestId{id}, .interface = header->interface, .alt = header->alt};
  }
  static void get_alt_setting(void* self, std::uint64_t id,
                              usb_redir_get_alt_setting_header* header) noexcept {
    codec(self).request_ = GetAltSetting{.id = usb::RequestId{id}, .interface = header->interface};
  }
  static void start_interrupts(void* self, std::uint64_t id,
                               usb_redir_start_interrupt_receiving_header* header) noexcept {
    codec(self).request_ =
        StartInterruptReceiving{.id = usb::RequestId{id}, .endpoint = header->endpoint};
  }
  static void stop_interrupts(void* self, std::uint64_t id,
                              usb_redir_stop_interrupt_receiving_header* header) noexcept {
    codec(self).request_ =
        StopInterruptReceiving{.id = usb::RequestId{id}, .endpoint = header->endpoint};
  }
  static void cancel(void* self, std::uint64_t id) noexcept {
    codec(self).request_ = CancelDataPacket{usb::RequestId{id}};
  }
  static void filter_reject(void* self) noexcept { codec(self).request_ = FilterReject{}; }

  static void control(void* self, std::uint64_t id, usb_redir_control_packet_header* header,
                      std::uint8_t* data, int size) noexcept {
    codec(self).request_ = ControlPacket{.id = usb::RequestId{id},
                                         .endpoint = header->endpoint,
                                         .setup = {.request_type = header->requesttype,
                                                   .request = header->request,
                                                   .value = header->value,
                                                   .index = header->index,
                                                   .length = header->length},
                                         .data = take(data, size)};
  }
  static void bulk(void* self, std::uint64_t id, usb_redir_bulk_packet_header* header,
                   std::uint8_t* data, int size) noexcept {
    codec(self).request_ =
        BulkPacket{.id = usb::RequestId{id},
                   .endpoint = header->endpoint,
                   .length = std::uint32_t{header->length_high} << 16 | header->length,
                   .data = take(data, size)};
  }

  // What the guest would not take, and an acknowledgement: nothing to do.
  static void filter(void* /*self*/, usbredirfilter_rule* rules, int /*count*/) noexcept {
    std::free(rules);  // NOLINT(cppcoreguidelines-no-malloc): the library's malloc
  }
  static void disconnected(void* /*self*/) noexcept {}

  // For endpoints and capabilities that this device does not have.
  template <class Header>
  static void refuse(void* self, std::uint64_t /*id*/, Header* /*header*/) noexcept {
    codec(self).refused_ = true;
  }
  template <class Header>
  static void refuse_data(void* self, std::uint64_t /*id*/, Header* /*header*/, std::uint8_t* data,
                          int size) noexcept {
    take(data, size);
    codec(self).refused_ = true;
  }

  static void install(usbredirparser& parser) {
    parser.read_func = read;
    parser.write_func = write;
    parser.log_func = log;
    parser.hello_func = hello;
    parser.reset_func = reset;
    parser.set_configuration_func = set_configuration;
    parser.get_configuration_func = get_configuration;
    parser.set_alt_setting_func = set_alt_setting;
    parser.get_alt_setting_func = get_alt_setting;
    parser.start_interrupt_receiving_func = start_interrupts;
    parser.stop_interrupt_receiving_func = stop_interrupts;
    parser.cancel_data_packet_func = cancel;
    parser.filter_reject_func = filter_reject;
    parser.filter_filter_func = filter;
    parser.device_disconnect_ack_func = disconnected;
    parser.control_packet_func = control;
    parser.bulk_packet_func = bulk;
    parser.start_iso_stream_func = refuse;
    parser.stop_iso_stream_func = refuse;
    parser.alloc_bulk_streams_func = refuse;
    parser.free_bulk_streams_func = refuse;
    parser.start_bulk_receiving_func = refuse;
    parser.stop_bulk_receiving_func = refuse;
    parser.iso_packet_func = refuse_data;
    parser.interrupt_packet_func = refuse_data;
  }
};

void Codec::Free::operator()(usbredirparser* parser) const noexcept {
  usbredirparser_destroy(parser);
}

Codec::Codec(const std::string& version) : parser_(usbredirparser_create()) {
  if (parser_ == nullptr) throw std::bad_alloc();
  Callbacks::install(*parser_);
  parser_->priv = this;
  std::array<std::uint32_t, USB_REDIR_CAPS_SIZE> capabilities{};
  for (const int capability : {usb_redir_cap_connect_device_version, usb_redir_cap_filter,
                               usb_redir_cap_ep_info_max_packet_size, usb_redir_cap_64bits_ids,
                               usb_redir_cap_32bits_bulk_length}) {
    usbredirparser_caps_set_cap(capabilities.data(), capability);
  }
  usbredirparser_init(parser_.get(), version.c_str(), capabilities.data(), USB_REDIR_CAPS_SIZE,
                      usbredirparser_fl_usb_host | usbredirparser_fl_write_cb_owns_buffer);
  flush();
}

Codec::~Codec() = default;

std::expected<std::optional<Request>, Errc> Codec::next(protocol::Bytes& input) {
  request_.reset();
  while (!input.empty() && !request_) {
    const auto admitted = guard_.admit(input, id_size());
    if (!admitted) return std::unexpected(admitted.error());
    readable_ = input.first(*admitted);
    input = input.subspan(*admitted);
    if (usbredirparser_do_read(parser_.get()) != 0 || refused_) {
      return std::unexpected(Errc::BadPacket);
    }
  }
  return std::exchange(request_, std::nullopt);
}

void Codec::send_layout(const usb::Descriptors& device) {
  usb_redir_ep_info_header endpoints{};
  std::ranges::fill(endpoints.type, static_cast<std::uint8_t>(usb_redir_type_invalid));
  const auto add = [&endpoints](std::uint8_t address, std::uint8_t type, std::uint16_t packet,
                                std::uint8_t interval) {
    const std::size_t i = ep_info_index(address);
    endpoints.type[i] = type;
    endpoints.max_packet_size[i] = packet;
    endpoints.interval[i] = interval;
  };
  const std::uint16_t bulk = usb::bulk_packet(device.speed());
  add(0x00, usb_redir_type_control, usb::kControlPacket, 0);
  add(0x80, usb_redir_type_control, usb::kControlPacket, 0);
  add(usb::kBulkOut, usb_redir_type_bulk, bulk, 0);
  add(usb::kBulkIn, usb_redir_type_bulk, bulk, 0);
  add(usb::kInterruptIn, usb_redir_type_interrupt, usb::kInterruptPacket,
      usb::interrupt_interval(device.speed()));
  usbredirparser_send_ep_info(parser_.get(), &endpoints);

  usb_redir_interface_info_header interfaces{};
  interfaces.interface_count = 1;
  interfaces.interface_class[0] = usb::kSmartCardClass;
  usbredirparser_send_interface_info(parser_.get(), &interfaces);
  flush();
}

void Codec::send_connect(const usb::Descriptors& device) {
  usb_redir_device_connect_header header{};
  header.speed = device.speed() == usb::Speed::High ? usb_redir_speed_high : usb_redir_speed_full;
  header.vendor_id = device.id().vendor;
  header.product_id = device.id().product;
  header.device_version_bcd = usb::kDeviceRelease;
  usbredirparser_send_device_connect(parser_.get(), &header);
  flush();
}

void Codec::send_disconnect() {
  usbredirparser_send_device_disconnect(parser_.get());
  flush();
}

void Codec::send(const ConfigurationStatus& answer) {
  usb_redir_configuration_status_header header{.status = number(answer.status),
                                               .configuration = answer.configuration};
  usbredirparser_send_configuration_status(parser_.get(), number(answer.id), &header);
  flush();
}

void Codec::send(const AltSettingStatus& answer) {
  usb_redir_alt_setting_status_header header{
      .status = number(answer.status), .interface = answer.interface, .alt = answer.alt};
  usbredirparser_send_alt_setting_status(parser_.get(), number(answer.id), &header);
  flush();
}

void Codec::send(const InterruptReceivingStatus& answer) {
  usb_redir_interrupt_receiving_status_header header{.status = number(answer.status),
                                                     .endpoint = answer.endpoint};
  usbredirparser_send_interrupt_receiving_status(parser_.get(), number(answer.id), &header);
  flush();
}

void Codec::send(ControlPacket answer) {
  usb_redir_control_packet_header header{
      .endpoint = answer.endpoint,
      .request = answer.setup.request,
      .requesttype = answer.setup.request_type,
      .status = number(answer.status),
      .value = answer.setup.value,
      .index = answer.setup.index,
      .length = answer.setup.length,
  };
  usbredirparser_send_control_packet(parser_.get(), number(answer.id), &header,
                                     pointer(answer.data), size(answer.data));
  flush();
}

void Codec::send(BulkPacket answer) {
  usb_redir_bulk_packet_header header{
      .endpoint = answer.endpoint,
      .status = number(answer.status),
      .length = static_cast<std::uint16_t>(answer.length),
      .stream_id = 0,
      .length_high = static_cast<std::uint16_t>(answer.length >> 16),
  };
  usbredirparser_send_bulk_packet(parser_.get(), number(answer.id), &header, pointer(answer.data),
                                  size(answer.data));
  flush();
}

void Codec::send_interrupt(std::uint8_t endpoint, protocol::SecretBytes data) {
  usb_redir_interrupt_packet_header header{
      .endpoint = endpoint,
      .status = usb_redir_success,
      .length = static_cast<std::uint16_t>(data.size()),
  };
  usbredirparser_send_interrupt_packet(parser_.get(), 0, &header, pointer(data), size(data));
  flush();
}

std::optional<protocol::SecretBytes> Codec::take_output() {
  if (output_.empty()) return std::nullopt;
  protocol::SecretBytes packet = std::move(output_.front());
  output_.pop_front();
  output_bytes_ -= packet.size();
  return packet;
}

/// Moves what the library has queued to output_: its own queue has no bound.
void Codec::flush() { usbredirparser_do_write(parser_.get()); }

PacketGuard::IdSize Codec::id_size() const {
  const bool wide = usbredirparser_have_peer_caps(parser_.get()) != 0 &&
                    usbredirparser_peer_has_cap(parser_.get(), usb_redir_cap_64bits_ids) != 0;
  return wide ? PacketGuard::IdSize::Bits64 : PacketGuard::IdSize::Bits32;
}

}  // namespace vscard::ccid_passthru::usbredir
