#pragma once

#include "ccid-passthru/usb/request.hpp"
#include "protocol/bytes.hpp"

#include <cstdint>
#include <usbredirproto.h>
#include <vector>

/// usbredir as a guest writes it, byte by byte and without anybody who looks after its sense:
///
///     | type | length | id, 64 bit | header of the type | data |        little endian
namespace vscard::fakes::raw_packets {

using Raw = std::vector<std::uint8_t>;

/// What QEMU says that it can: all but bulk streams and device_disconnect_ack.
inline constexpr std::uint32_t kQemuCapabilities = 0xf6;

inline Raw& operator+=(Raw& to, const Raw& more) {
  to.insert(to.end(), more.begin(), more.end());
  return to;
}
inline Raw operator+(Raw left, const Raw& right) { return left += right; }

inline Raw header(std::uint32_t type, std::uint32_t length, std::uint64_t id = 0) {
  Raw bytes;
  protocol::ByteWriter out(bytes);
  out.u32_le(type);
  out.u32_le(length);
  out.u32_le(static_cast<std::uint32_t>(id));
  out.u32_le(static_cast<std::uint32_t>(id >> 32));
  return bytes;
}

inline Raw packet(std::uint32_t type, const Raw& body, std::uint64_t id = 0) {
  return header(type, static_cast<std::uint32_t>(body.size()), id) + body;
}

/// The first packet, which has a 32-bit id in any case.
inline Raw hello() {
  Raw bytes{0, 0, 0, 0, 64 + 4, 0, 0, 0, 0, 0, 0, 0};
  bytes += Raw(64, 'x');
  protocol::ByteWriter(bytes).u32_le(kQemuCapabilities);
  return bytes;
}

inline Raw cancel(std::uint64_t id) { return packet(usb_redir_cancel_data_packet, {}, id); }
inline Raw get_configuration(std::uint64_t id) {
  return packet(usb_redir_get_configuration, {}, id);
}
inline Raw set_configuration(std::uint64_t id, std::uint8_t configuration) {
  return packet(usb_redir_set_configuration, {configuration}, id);
}
inline Raw start_interrupts(std::uint8_t endpoint) {
  return packet(usb_redir_start_interrupt_receiving, {endpoint});
}
inline Raw stop_interrupts(std::uint8_t endpoint) {
  return packet(usb_redir_stop_interrupt_receiving, {endpoint});
}

inline Raw control(std::uint64_t id, std::uint8_t endpoint, const ccid_passthru::usb::Setup& setup,
                   const Raw& data = {}) {
  Raw body;
  protocol::ByteWriter out(body);
  out.u8(endpoint);
  out.u8(setup.request);
  out.u8(setup.request_type);
  out.u8(0);  // status
  out.u16_le(setup.value);
  out.u16_le(setup.index);
  out.u16_le(setup.length);
  return packet(usb_redir_control_packet, body + data, id);
}

inline Raw bulk(std::uint64_t id, std::uint8_t endpoint, std::uint32_t length,
                const Raw& data = {}) {
  Raw body;
  protocol::ByteWriter out(body);
  out.u8(endpoint);
  out.u8(0);  // status
  out.u16_le(static_cast<std::uint16_t>(length));
  out.u32_le(0);  // stream
  out.u16_le(static_cast<std::uint16_t>(length >> 16));
  return packet(usb_redir_bulk_packet, body + data, id);
}
inline Raw bulk_out(std::uint64_t id, std::uint8_t endpoint, const Raw& data) {
  return bulk(id, endpoint, static_cast<std::uint32_t>(data.size()), data);
}

}  // namespace vscard::fakes::raw_packets
