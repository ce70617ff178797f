#include "bench/usbredir_guest.hpp"

#include "ccid-passthru/ccid/message.hpp"
#include "ccid-passthru/usb/descriptors.hpp"
#include "protocol/bytes.hpp"

#include <algorithm>
#include <stdexcept>

namespace vscard::bench {
namespace {

using namespace fakes::raw_packets;
using ccid_passthru::ccid::CommandType;

constexpr std::size_t kHeaderSize = 16;  ///< bytes: type, length, 64-bit id
constexpr std::uint32_t kReadLength = 65556;
constexpr std::uint8_t kCardIn = 0x03;  ///< NotifySlotChange: changed, present

/// A CCID message and the request for its answer.
Raw transfer(CommandType type, const Raw& data) {
  Raw message;
  protocol::ByteWriter out(message);
  out.u8(static_cast<std::uint8_t>(type));
  out.u32_le(static_cast<std::uint32_t>(data.size()));
  out.bytes(Raw(ccid_passthru::ccid::kHeaderSize - 5));  // slot 0, bSeq 0, no parameters
  out.bytes(data);
  return bulk_out(1, ccid_passthru::usb::kBulkOut, message) +
         bulk(2, ccid_passthru::usb::kBulkIn, kReadLength);
}

}  // namespace

UsbredirGuest::UsbredirGuest(Socket socket) : socket_(std::move(socket)) {
  socket_.send(hello() + set_configuration(0, 1) +
               start_interrupts(ccid_passthru::usb::kInterruptIn));
  // Its hello alone has a 32-bit id.
  std::array<std::uint8_t, 80> greeting{};
  socket_.receive(greeting);
  while (wait_for(usb_redir_interrupt_packet) != kCardIn) {
  }
}

void UsbredirGuest::power_on() {
  static const Raw kRequests = transfer(CommandType::IccPowerOn, {});
  perform(kRequests);
}

void UsbredirGuest::exchange() {
  static const Raw kRequests = transfer(CommandType::XfrBlock, {0x00, 0xc0, 0x00, 0x00, 0x00});
  perform(kRequests);
}

void UsbredirGuest::perform(const Raw& requests) {
  socket_.send(requests);
  wait_for(usb_redir_bulk_packet);                            // the command is taken
  const std::uint8_t last = wait_for(usb_redir_bulk_packet);  // of ATR or status word
  if (last != 0x00) throw std::runtime_error("the reader: the command failed");
}

std::uint8_t UsbredirGuest::wait_for(std::uint32_t type) {
  Packet packet = next_packet();
  while (packet.type != type) packet = next_packet();
  return packet.body.back();
}

UsbredirGuest::Packet UsbredirGuest::next_packet() {
  const auto need = [this](std::size_t size) {
    if (end_ - begin_ >= size) return;
    std::copy(buffer_.begin() + begin_, buffer_.begin() + end_, buffer_.begin());
    end_ -= std::exchange(begin_, 0);
    while (end_ < size) end_ += socket_.receive_some(std::span(buffer_).subspan(end_));
  };
  need(kHeaderSize);
  protocol::ByteReader header(protocol::Bytes(buffer_).subspan(begin_, kHeaderSize));
  const std::uint32_t type = header.u32_le();
  const std::uint32_t length = header.u32_le();
  if (length == 0 || length > buffer_.size() - kHeaderSize) {
    throw std::runtime_error("the reader: a packet that nobody asked for");
  }
  need(kHeaderSize + length);
  const auto body = protocol::Bytes(buffer_).subspan(begin_ + kHeaderSize, length);
  begin_ += kHeaderSize + length;
  return {.type = type, .body = body};
}

}  // namespace vscard::bench
