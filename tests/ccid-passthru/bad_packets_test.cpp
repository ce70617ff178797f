// Guests that do not keep to usbredir, or to what they themselves announce.

#include "ccid-passthru/usb/descriptors.hpp"
#include "tests/ccid-passthru/attacked_program.hpp"
#include "tests/fakes/ccid_text.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace vscard::ccid_passthru {
namespace {

using fakes::SocketGuest;
using namespace fakes::raw_packets;
using ccid::CommandType;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;
using BadPackets = test::AttackedProgram;

/// The longest body that a guest may send.
constexpr std::uint32_t kMaxBody = 128 * 1024;

TEST_F(BadPackets, OfEveryTypeWithWrongLengths) {
  std::vector<std::uint32_t> types{99, 105, 0x01000000, 0xffffffff};
  for (std::uint32_t type = usb_redir_hello; type <= usb_redir_bulk_receiving_status + 1; ++type) {
    types.push_back(type);
  }
  for (std::uint32_t type = usb_redir_control_packet; type <= usb_redir_buffered_bulk_packet;
       ++type) {
    types.push_back(type);
  }
  for (const std::uint32_t type : types) {
    for (const std::uint32_t length : {0U, 1U, 3U, 9U, 11U, 300U, kMaxBody, kMaxBody + 1, ~0U}) {
      const Raw body(std::min(length, kMaxBody), 0xff);
      SocketGuest(target()).exchange_to_end(header(type, length, 7) + body);
    }
  }
}

TEST_F(BadPackets, AnnouncingMoreThanThereIsMemoryFor) {
  for (const std::uint32_t length : {kMaxBody + 1, 128U << 20, ~0U}) {
    const auto guest = connection();
    guest.send(hello() + header(usb_redir_bulk_packet, length));
    const Raw body(64U << 20);
    protocol::Bytes rest = body;
    while (guest.exchange_some(rest)) {
    }
    EXPECT_GT(rest.size(), body.size() / 2) << "it has closed the stream";
  }
}

TEST_F(BadPackets, WithControlRequestsThatLie) {
  for (const unsigned endpoint : {0x00U, 0x80U, 0x01U, 0x7fU, 0xffU}) {
    for (const unsigned type : {0x00U, 0x80U, 0x21U, 0xa1U, 0xc0U, 0xffU}) {
      for (const unsigned length : {0U, 1U, 99U, 101U, 65535U}) {
        const usb::Setup setup{.request_type = static_cast<std::uint8_t>(type),
                               .request = 6,
                               .value = 0x0200,
                               .length = static_cast<std::uint16_t>(length)};
        for (const Raw& data : {Raw(), Raw(100)}) {
          SocketGuest(target()).exchange_to_end(
              control(1, static_cast<std::uint8_t>(endpoint), setup, data));
        }
      }
    }
  }
}

TEST_F(BadPackets, WithBulkLengthsThatLie) {
  const auto status = fakes::command(CommandType::GetSlotStatus, 1);
  for (const std::uint32_t length : {0U, 9U, 11U, 64U, 65535U, 65536U, 128U << 20, ~0U}) {
    SocketGuest(target()).exchange_to_end(bulk(1, usb::kBulkOut, length, status));
    SocketGuest(target()).exchange_to_end(bulk(1, usb::kBulkIn, length, status));
    SocketGuest(target()).exchange_to_end(bulk(1, usb::kBulkIn, length));
  }
}

TEST_F(BadPackets, ForEndpointsThatDoNotExist) {
  Raw requests;
  for (unsigned i = 0x80; i < 0x100; ++i) {
    const auto input = static_cast<std::uint8_t>(i);
    if (input == usb::kBulkIn || input == usb::kInterruptIn) continue;
    requests += start_interrupts(input) + stop_interrupts(input) + bulk(i, input, 64);
  }
  EXPECT_THAT(SocketGuest(target()).exchange(requests),
              AllOf(SizeIs(3 * 126), Each(HasSubstr("status 2"))));
  for (unsigned i = 0; i < 0x80; ++i) {
    const auto output = static_cast<std::uint8_t>(i);
    SocketGuest(target()).exchange_to_end(start_interrupts(output));
  }
}

TEST_F(BadPackets, WithoutAHello) {
  for (const Raw& first : {set_configuration(1, 1), Raw(16, 0xff), header(usb_redir_reset, 0)}) {
    const auto guest = connection();
    guest.send(first);
    guest.read_hex(80);  // its own
    EXPECT_TRUE(guest.ended());
  }
}

TEST_F(BadPackets, WithAHelloThatNeverComes) {
  auto silent = connection();
  silent.send_hex("00000000");
  neighbour().wait_for_answers(20);
  SocketGuest second(target());
  EXPECT_EQ(second.command(fakes::command(CommandType::GetSlotStatus, 1)), "SlotStatus 1 01 00 00");
  silent.read_hex(80);  // its hello
  EXPECT_TRUE(silent.ended()) << "it gave way";
}

TEST_F(BadPackets, WithASecondHello) {
  SocketGuest guest(target());
  Raw again = header(usb_redir_hello, 64 + 4) + Raw(64 + 4, 0xff);
  for (int i = 0; i < 10; ++i) again += again.size() < 5000 ? again : Raw();
  EXPECT_THAT(guest.exchange(again), SizeIs(0));
  EXPECT_EQ(guest.command(fakes::command(CommandType::GetSlotStatus, 1)), "SlotStatus 1 01 00 00");
}

/// All that a guest does until it has the answer to a first command.
Raw conversation() {
  return hello() + set_configuration(1, 1) + start_interrupts(usb::kInterruptIn) +
         bulk_out(2, usb::kBulkOut, fakes::command(CommandType::IccPowerOn, 1)) +
         bulk(3, usb::kBulkIn, 65556) +
         bulk_out(4, usb::kBulkOut,
                  fakes::command(CommandType::XfrBlock, 2, "0003001e")) +  // takes 30 s
         bulk(5, usb::kBulkIn, 65556) +
         cancel(5) + header(usb_redir_reset, 0);
}

TEST_F(BadPackets, ByteByByte) {
  const auto guest = connection();
  for (const std::uint8_t byte : conversation()) guest.send(Raw{byte});
  // hello, ep_info, interface_info and device_connect; the first two again and configuration_status
  guest.read_hex(80 + 176 + 148 + 26 + 176 + 148 + 18);
}

TEST_F(BadPackets, UntilTheGuestIsGoneInTheMiddleOfEverything) {
  const Raw all = conversation();
  for (std::size_t size = 0; size < all.size(); ++size) {
    connection().send(protocol::Bytes(all).first(size));
  }
}

}  // namespace
}  // namespace vscard::ccid_passthru
