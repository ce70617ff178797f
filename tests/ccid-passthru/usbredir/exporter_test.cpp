// A stream from the hello to its end, and the control requests.

#include "tests/ccid-passthru/usbredir/exporter_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::ccid_passthru::usbredir {
namespace {

using fakes::from_hex;
using fakes::UsbredirGuest;
using protocol::Bytes;
using test::kPowerOn;
using test::kSlotStatus;
using test::Stream;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(UsbredirExporter, TellsItsLayoutAndConnectsAfterTheHello) {
  Stream stream;
  EXPECT_THAT(stream.exchange(),
              ElementsAre("hello vscard test", "ep_info", "interface_info", "connect"));
  const auto& endpoints = stream.guest.endpoints;
  for (std::size_t i = 0; i < 32; ++i) {
    const int type = endpoints.type[i];
    switch (i) {
      case 0:
      case 16:
        EXPECT_EQ(type, usb_redir_type_control);
        break;
      case 1:   // OUT 1
      case 17:  // IN 1
        EXPECT_EQ(type, usb_redir_type_bulk);
        EXPECT_EQ(endpoints.max_packet_size[i] + 0, 64);
        break;
      case 18:  // IN 2
        EXPECT_EQ(type, usb_redir_type_interrupt);
        EXPECT_EQ(endpoints.max_packet_size[i] + 0, 8);
        EXPECT_EQ(endpoints.interval[i], 8);
        break;
      default:
        EXPECT_EQ(type, usb_redir_type_invalid) << i;
    }
  }
  EXPECT_EQ(stream.guest.interfaces.interface_count + 0, 1U);
  EXPECT_EQ(stream.guest.interfaces.interface_class[0], 0x0b);
  const auto& device = stream.guest.device;
  EXPECT_EQ(device.speed, usb_redir_speed_full);
  EXPECT_EQ(device.device_class, 0);
  EXPECT_EQ(device.vendor_id + 0, 0x08e6);
  EXPECT_EQ(device.product_id + 0, 0x4433);
  EXPECT_EQ(device.device_version_bcd + 0, 0x0100);
}

TEST(UsbredirExporter, HasLargerPacketsAtHighSpeed) {
  Stream stream(UsbredirGuest::kQemu, usb::Speed::High);
  stream.exchange();
  EXPECT_EQ(stream.guest.device.speed, usb_redir_speed_high);
  EXPECT_EQ(stream.guest.endpoints.max_packet_size[1] + 0, 512);
  EXPECT_EQ(stream.guest.endpoints.max_packet_size[17] + 0, 512);
}

TEST(UsbredirExporter, SaysNothingBeforeTheGuestsHelloExceptItsOwn) {
  Stream stream;
  const auto hello = stream.exporter->take_output();
  ASSERT_TRUE(hello);
  EXPECT_FALSE(stream.exporter->take_output());
}

TEST(UsbredirExporter, GreetsAGuestWhoseBytesComeOneByOne) {
  Stream stream;
  for (const std::uint8_t byte : stream.guest.output()) {
    const std::vector<std::uint8_t> one{byte};
    Bytes input = one;
    ASSERT_TRUE(stream.exporter->receive(input, stream.now));
  }
  EXPECT_THAT(stream.exchange(),
              ElementsAre("hello vscard test", "ep_info", "interface_info", "connect"));
}

// The library itself complains, in the guest's role, about a packet of the wrong size.
TEST(UsbredirExporter, ServesAGuestWithAnySubsetOfCapabilities) {
  for (unsigned bits = 0; bits < 256; ++bits) {
    std::vector<int> capabilities;
    for (int bit = 1; bit < 8; ++bit) {
      if ((bits >> bit & 1) != 0) capabilities.push_back(bit);
    }
    Stream stream(capabilities);
    EXPECT_THAT(stream.exchange(),
                ElementsAre("hello vscard test", "ep_info", "interface_info", "connect"))
        << bits;
    stream.configured();
    EXPECT_THAT(stream.bulk(10, kSlotStatus, 65535),
                ElementsAre("bulk id 10 ep 01 status 0 length 10 ",
                            "bulk id 11 ep 81 status 0 length 10 81000000000002020000"))
        << bits;
  }
}

TEST(UsbredirExporter, AnswersControlRequests) {
  Stream stream;
  stream.exchange();
  stream.guest.get_descriptor(7, 0x0100, 8);
  stream.guest.get_descriptor(8, 0x0600, 10);   // device qualifier: there is none at full speed
  stream.guest.control(9, 0x80, 0, 0, 0, 2);    // GET_STATUS
  stream.guest.control(10, 0xa1, 2, 0, 0, 64);  // GET_CLOCK_FREQUENCIES
  EXPECT_THAT(stream.exchange(),
              ElementsAre("control id 7 status 0 length 8 1201000200000040",
                          "control id 8 status 4 length 0 ", "control id 9 status 0 length 2 0000",
                          "control id 10 status 4 length 0 "));
}

TEST(UsbredirExporter, AnswersControlRequestsWithDataAndInTheWrongDirection) {
  Stream stream;
  stream.exchange();
  std::array<std::uint8_t, 2> data{};
  usb_redir_control_packet_header header{.endpoint = 0,
                                         .request = 0x55,
                                         .requesttype = 0x40,
                                         .status = 0,
                                         .value = 0,
                                         .index = 0,
                                         .length = 2};
  usbredirparser_send_control_packet(stream.guest.parser(), 7, &header, data.data(), 2);
  header.requesttype = 0xc0;  // IN, and yet with data
  usbredirparser_send_control_packet(stream.guest.parser(), 8, &header, data.data(), 2);
  header.endpoint = 0x83;
  usbredirparser_send_control_packet(stream.guest.parser(), 9, &header, nullptr, 0);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("control id 7 status 4 length 0 ", "control id 8 status 2 length 0 ",
                          "control id 9 status 2 length 0 "));
}

TEST(UsbredirExporter, TellsTheLayoutAgainBeforeTheStatusOfANewConfiguration) {
  Stream stream;
  stream.exchange();
  stream.guest.set_configuration(5, 1);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("ep_info", "interface_info", "configuration 1 id 5 status 0"));
  usbredirparser_send_get_configuration(stream.guest.parser(), 6);
  EXPECT_THAT(stream.exchange(), ElementsAre("configuration 1 id 6 status 0"));
  stream.guest.set_configuration(7, 9);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("ep_info", "interface_info", "configuration 1 id 7 status 4"));
}

TEST(UsbredirExporter, TellsTheLayoutAgainBeforeTheStatusOfAnAltSetting) {
  Stream stream;
  stream.configured();
  stream.guest.set_alt_setting(5, 0, 0);
  stream.guest.set_alt_setting(6, 0, 1);
  usb_redir_get_alt_setting_header header{0};
  usbredirparser_send_get_alt_setting(stream.guest.parser(), 7, &header);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("ep_info", "interface_info", "alt 0/0 id 5 status 0", "ep_info",
                          "interface_info", "alt 0/1 id 6 status 4", "alt 0/0 id 7 status 0"));
}

TEST(UsbredirExporter, EnumeratesAgainAfterAReset) {
  Stream stream;
  stream.configured();
  stream.guest.start_interrupts(usb::kInterruptIn);
  stream.guest.bulk_in(50, usb::kBulkIn, 64);
  stream.exchange();
  usbredirparser_send_reset(stream.guest.parser());
  EXPECT_THAT(stream.exchange(), ElementsAre("bulk id 50 ep 81 status 1 length 0 "));
  EXPECT_EQ(stream.device.configuration(), 0);
  const auto atr = protocol::iso7816::Atr::parse(from_hex("3b00")).value();
  stream.perform(stream.device.insert_card(atr, stream.now));
  EXPECT_THAT(stream.exchange(), IsEmpty());  // nobody receives any more
  stream.configured();
  EXPECT_THAT(stream.bulk(60, kSlotStatus), testing::SizeIs(2));
}

TEST(UsbredirExporter, ServesANewStreamFromTheHelloOn) {
  Stream stream;
  stream.with_card();
  stream.guest.bulk_in(50, usb::kBulkIn, 64);
  stream.exchange();
  stream.reconnect({});
  EXPECT_THAT(stream.exchange(),
              ElementsAre("hello vscard test", "ep_info", "interface_info", "connect"));
  EXPECT_EQ(stream.device.configuration(), 0);
  stream.configured();
  EXPECT_THAT(
      stream.bulk(60, kPowerOn, 1024),
      ElementsAre(testing::_, "bulk id 61 ep 81 status 0 length 12 800200000000010000003b00"));
}

TEST(UsbredirExporter, ReportsARejectionAndStaysConnected) {
  Stream stream;
  stream.exchange();
  EXPECT_FALSE(stream.rejected);
  usbredirparser_send_filter_reject(stream.guest.parser());
  EXPECT_THAT(stream.exchange(), IsEmpty());
  EXPECT_TRUE(stream.rejected);
}

TEST(UsbredirExporter, SendsTheGuestNothingOfWhatIsForTheCard) {
  Stream stream;
  stream.configured();
  stream.exporter->perform(usb::Device::Transmit{protocol::SecretBytes::zeros(5)});
  stream.exporter->perform(usb::Device::AbortTransmit{});
  EXPECT_EQ(stream.exporter->output_bytes(), 0U);
  EXPECT_THAT(stream.exchange(), IsEmpty());
}

TEST(UsbredirExporter, UnplugsTheDevice) {
  Stream stream;
  stream.configured();
  stream.guest.start_interrupts(usb::kInterruptIn);
  stream.exchange();
  stream.exporter->disconnect();
  stream.perform(stream.device.announce_slot());
  EXPECT_THAT(stream.exchange(), ElementsAre("disconnect"));
}

TEST(UsbredirExporter, EndsTheStreamOnGarbage) {
  Stream stream;
  stream.exchange();
  const auto garbage = from_hex("65000000 00000008 0100000000000000");
  Bytes input = garbage;
  const auto received = stream.exporter->receive(input, stream.now);
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error(), Errc::PacketTooLong);
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbredir
