#include "ccid-passthru/usbredir/exporter.hpp"

#include "tests/ccid-passthru/usbredir/guest.hpp"
#include "tests/protocol/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::usbredir {
namespace {

using protocol::Bytes;
using protocol::SecretBytes;
using protocol::Time;
using protocol::test::from_hex;
using protocol::test::to_hex;
using test::Guest;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using Lines = std::vector<std::string>;

const std::string kPowerOn = "62 00000000 00 01 00 0000";
const std::string kSlotStatus = "65 00000000 00 02 00 0000";
const std::string kXfrBlock = "6f 05000000 00 03 00 0000 00a4040000";

/// A device with an exporter, and a guest at the other end of an ideal stream.
class Stream {
 public:
  explicit Stream(const std::vector<int>& capabilities = Guest::kQemu,
                  usb::Speed speed = usb::Speed::Full)
      : device({.id = {}, .serial = "0123456789ab", .name = "test", .speed = speed}),
        guest(capabilities) {}

  /// A stream anew, the same device.
  void reconnect(const std::vector<int>& capabilities = Guest::kQemu) {
    for_card.clear();
    for (auto& action : device.reset()) keep(std::move(action));
    exporter = std::make_unique<Exporter>(device, "vscard test");
    guest.reconnect(capabilities);
  }

  /// Carries bytes both ways until there are none; what the guest has seen.
  Lines exchange() {
    Lines seen;
    for (bool moved = true; moved;) {
      moved = to_device();
      while (auto packet = exporter->take_output()) {
        guest.feed(packet->view());
        moved = true;
      }
      std::ranges::move(guest.seen(), std::back_inserter(seen));
    }
    return seen;
  }

  /// Carries the guest's bytes, and does not read.
  bool to_device() {
    const auto bytes = guest.output();
    Bytes input = bytes;
    while (!input.empty()) {
      auto received = exporter->receive(input, now);
      if (!received) throw std::system_error(received.error());
      rejected = rejected || received->rejected;
      for (auto& action : received->for_card) keep(std::move(action));
    }
    return !bytes.empty();
  }

  /// What the device does on behalf of the card.
  void perform(usb::Device::Actions actions) {
    for (auto& action : actions) {
      if (std::holds_alternative<usb::Device::Completed>(action) ||
          std::holds_alternative<usb::Device::InterruptReady>(action)) {
        exporter->perform(std::move(action));
      } else {
        keep(std::move(action));
      }
    }
  }

  /// Greeted and configured, as QEMU's guest does it.
  Stream& configured() {
    exchange();
    guest.get_descriptor(1, 0x0100, 64);
    guest.get_descriptor(2, 0x0200, 9);
    guest.get_descriptor(3, 0x0200, 93);
    guest.set_configuration(4, 1);
    exchange();
    return *this;
  }
  Stream& with_card() {
    configured();
    perform(device.insert_card(protocol::Atr::parse(from_hex("3b00")).value(), now));
    now += std::chrono::seconds(1);
    perform(device.expire(now));
    return *this;
  }

  Lines bulk(std::uint64_t id, const std::string& message, std::uint32_t length = 65556) {
    guest.bulk_out(id, usb::kBulkOut, from_hex(message));
    guest.bulk_in(id + 1, usb::kBulkIn, length);
    return exchange();
  }

  usb::Device device;
  Guest guest;
  std::unique_ptr<Exporter> exporter = std::make_unique<Exporter>(device, "vscard test");
  Lines for_card;
  bool rejected = false;
  Time now;

 private:
  void keep(usb::Device::Action action) {
    if (const auto* transmit = std::get_if<usb::Device::Transmit>(&action)) {
      for_card.push_back("transmit " + to_hex(transmit->command.view()));
    } else if (std::holds_alternative<usb::Device::AbortTransmit>(action)) {
      for_card.emplace_back("abort");
    }
  }
};

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
  Stream stream(Guest::kQemu, usb::Speed::High);
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

TEST(UsbredirExporter, CarriesCommandsToTheCardAndAnswersBack) {
  Stream stream;
  stream.with_card();
  EXPECT_THAT(stream.bulk(10, kPowerOn),
              ElementsAre("bulk id 10 ep 01 status 0 length 10 ",
                          "bulk id 11 ep 81 status 0 length 12 800200000000010000003b00"));
  EXPECT_THAT(stream.bulk(12, kXfrBlock), ElementsAre("bulk id 12 ep 01 status 0 length 15 "));
  EXPECT_THAT(stream.for_card, ElementsAre("transmit 00a4040000"));
  stream.perform(stream.device.respond(SecretBytes::copy_of(from_hex("9000"))));
  EXPECT_THAT(stream.exchange(),
              ElementsAre("bulk id 13 ep 81 status 0 length 12 800200000000030000009000"));
}

TEST(UsbredirExporter, AnswersARequestThatComesAfterItsAnswer) {
  Stream stream;
  stream.configured();
  stream.guest.bulk_out(10, usb::kBulkOut, from_hex(kSlotStatus));
  stream.exchange();
  stream.guest.bulk_in(11, usb::kBulkIn, 64);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("bulk id 11 ep 81 status 0 length 10 81000000000002020000"));
}

TEST(UsbredirExporter, RefusesBulkRequestsItHasNoEndpointFor) {
  Stream stream;
  stream.exchange();
  EXPECT_THAT(
      stream.bulk(10, kSlotStatus),  // not configured
      ElementsAre("bulk id 10 ep 01 status 2 length 0 ", "bulk id 11 ep 81 status 2 length 0 "));
  stream.configured();
  stream.guest.bulk_out(12, 0x05, from_hex("00"));
  stream.guest.bulk_in(13, 0x85, 64);
  stream.guest.bulk_in(14, 0x80, 64);
  EXPECT_THAT(stream.exchange(), ElementsAre("bulk id 12 ep 05 status 2 length 0 ",
                                             "bulk id 13 ep 85 status 2 length 0 ",
                                             "bulk id 14 ep 80 status 2 length 0 "));
}

TEST(UsbredirExporter, PushesTheSlotsStateOnceTheGuestReceives) {
  Stream stream;
  stream.configured();
  stream.guest.start_interrupts(usb::kInterruptIn);
  const Lines first = stream.exchange();
  EXPECT_THAT(first, ElementsAre("interrupts ep 82 status 0",
                                 testing::AnyOf("interrupt ep 82 status 0 5002",
                                                "interrupt ep 82 status 0 5000")));
  stream.with_card();
  // with_card() has configured the device again, which ended the stream of notifications.
  EXPECT_THAT(stream.exchange(), IsEmpty());
  stream.guest.start_interrupts(usb::kInterruptIn);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("interrupts ep 82 status 0", "interrupt ep 82 status 0 5003"));
  stream.perform(stream.device.remove_card(stream.now));
  EXPECT_THAT(stream.exchange(), ElementsAre("interrupt ep 82 status 0 5002"));
}

TEST(UsbredirExporter, KeepsAChangeForTheNextStart) {
  Stream stream;
  stream.with_card();
  stream.guest.start_interrupts(usb::kInterruptIn);
  stream.exchange();
  stream.guest.stop_interrupts(usb::kInterruptIn);
  EXPECT_THAT(stream.exchange(), ElementsAre("interrupts ep 82 status 0"));
  stream.perform(stream.device.remove_card(stream.now));
  EXPECT_THAT(stream.exchange(), IsEmpty());
  stream.guest.start_interrupts(usb::kInterruptIn);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("interrupts ep 82 status 0", "interrupt ep 82 status 0 5002"));
}

TEST(UsbredirExporter, RefusesToReceiveFromOtherEndpoints) {
  Stream stream;
  stream.configured();
  stream.guest.start_interrupts(0x81);
  stream.guest.stop_interrupts(0x8f);
  EXPECT_THAT(stream.exchange(),
              ElementsAre("interrupts ep 81 status 2", "interrupts ep 8f status 2"));
}

TEST(UsbredirExporter, PushesOneStateForAllChangesThatAGuestDidNotRead) {
  Stream stream;
  stream.with_card();
  stream.guest.start_interrupts(usb::kInterruptIn);
  stream.exchange();
  stream.guest.get_descriptor(20, 0x0100, 18);
  stream.to_device();  // its answer is not read
  const auto atr = protocol::Atr::parse(from_hex("3b00")).value();
  const std::size_t before = stream.exporter->output_bytes();
  for (int i = 0; i < 10'000; ++i) {
    stream.perform(stream.device.remove_card(stream.now));
    stream.perform(stream.device.insert_card(atr, stream.now));
    stream.now += std::chrono::seconds(1);
    stream.perform(stream.device.expire(stream.now));
  }
  EXPECT_EQ(stream.exporter->output_bytes(), before);
  EXPECT_THAT(stream.exchange(),
              ElementsAre(StartsWith("control id 20"), "interrupt ep 82 status 0 5003"));
}

TEST(UsbredirExporter, AnswersACancelledRequestOnce) {
  Stream stream;
  stream.configured();
  stream.guest.bulk_in(30, usb::kBulkIn, 64);
  EXPECT_THAT(stream.exchange(), IsEmpty());
  usbredirparser_send_cancel_data_packet(stream.guest.parser(), 30);
  usbredirparser_send_cancel_data_packet(stream.guest.parser(), 30);
  usbredirparser_send_cancel_data_packet(stream.guest.parser(), 99);
  EXPECT_THAT(stream.exchange(), ElementsAre("bulk id 30 ep 81 status 1 length 0 "));
}

TEST(UsbredirExporter, AnswersARequestOnceWhoseCancelComesTooLate) {
  Stream stream;
  stream.configured();
  EXPECT_THAT(stream.bulk(40, kSlotStatus), testing::SizeIs(2));
  usbredirparser_send_cancel_data_packet(stream.guest.parser(), 41);
  EXPECT_THAT(stream.exchange(), IsEmpty());
}

TEST(UsbredirExporter, GivesTheCardUpWhenTheReadOfItsAnswerIsCancelled) {
  Stream stream;
  stream.with_card();
  stream.bulk(10, kPowerOn);
  stream.bulk(12, kXfrBlock);
  usbredirparser_send_cancel_data_packet(stream.guest.parser(), 13);
  EXPECT_THAT(stream.exchange(), ElementsAre("bulk id 13 ep 81 status 1 length 0 "));
  EXPECT_THAT(stream.for_card, ElementsAre("transmit 00a4040000", "abort"));
}

TEST(UsbredirExporter, BoundsTheRequestsOfAGuestThatSubmitsThousands) {
  Stream stream;
  stream.configured();
  for (std::uint64_t id = 0; id < 10'000; ++id) stream.guest.bulk_in(100 + id, usb::kBulkIn, 64);
  EXPECT_THAT(stream.exchange(), testing::AllOf(testing::SizeIs(10'000 - usb::kMaxPendingRequests),
                                                testing::Each(testing::HasSubstr("status 3"))));
  for (std::uint64_t id = 0; id < 10'000; ++id) {
    usbredirparser_send_cancel_data_packet(stream.guest.parser(), 100 + id);
  }
  EXPECT_THAT(stream.exchange(), testing::AllOf(testing::SizeIs(usb::kMaxPendingRequests),
                                                testing::Each(testing::HasSubstr("status 1"))));
}

TEST(UsbredirExporter, AnswersEachOfThousandsOfStartsAndPushesOnce) {
  Stream stream;
  stream.configured();
  for (int i = 0; i < 5'000; ++i) stream.guest.start_interrupts(usb::kInterruptIn);
  const Lines seen = stream.exchange();
  EXPECT_EQ(std::ranges::count(seen, "interrupts ep 82 status 0"), 5'000);
  EXPECT_EQ(seen.size(), 5'001U);
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
  const auto atr = protocol::Atr::parse(from_hex("3b00")).value();
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
}  // namespace vscard::usbredir
