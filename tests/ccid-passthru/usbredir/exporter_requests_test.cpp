// Bulk and interrupt requests over a stream.

#include "tests/ccid-passthru/usbredir/exporter_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::ccid_passthru::usbredir {
namespace {

using fakes::from_hex;
using protocol::SecretBytes;
using test::kPowerOn;
using test::kSlotStatus;
using test::kXfrBlock;
using test::Stream;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using Lines = std::vector<std::string>;

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
  const auto atr = protocol::iso7816::Atr::parse(from_hex("3b00")).value();
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

}  // namespace
}  // namespace vscard::ccid_passthru::usbredir
