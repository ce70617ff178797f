#include "ccid-passthru/usbip/exporter.hpp"

#include "tests/ccid-passthru/usbip/exporter_world.hpp"

#include <gtest/gtest.h>

namespace vscard::ccid_passthru::usbip {
namespace {

using ccid::CommandType;
using fakes::Lines;
using fakes::UsbipClient;
using Raw = UsbipClient::Raw;

constexpr std::uint8_t kBulk = 1;
constexpr std::uint8_t kInterrupt = 2;

class UsbipExporter : public testing::Test {
 protected:
  UsbipExporter() { world_.send(client().configure(1)); }
  UsbipClient& client() { return world_.client(); }
  Lines send(const Raw& bytes) { return world_.send(bytes); }
  void with_card() {
    world_.insert();
    send(client().out(2, kBulk, fakes::command(CommandType::IccPowerOn, 1)));
    send(client().in(3, kBulk, 64));
  }
  void TearDown() override { EXPECT_EQ(world_.wrong(), ""); }

  test::ExporterWorld world_;
};

TEST_F(UsbipExporter, BeginsWithTheAnswerToTheImport) {
  usb::Device device({.id = {}, .serial = "1", .name = "test"});
  Exporter exporter(device, fakes::secret("0111"));
  EXPECT_EQ(exporter.output_bytes(), 2U);
  EXPECT_EQ(exporter.take_output(), fakes::secret("0111"));
  EXPECT_EQ(exporter.take_output(), std::nullopt);
}

TEST_F(UsbipExporter, UnlinksOnlyWhatIsNotAnswered) {
  send(client().in(5, kInterrupt, 8));
  send(client().in(6, kInterrupt, 8));
  EXPECT_EQ(world_.insert(), Lines{"6 status 0 length 2 5003"});
  EXPECT_EQ(send(client().unlink(7, 5)), Lines{"7 unlink 0"}) << "answered before";
  EXPECT_EQ(send(client().unlink(8, 6)), Lines{"8 unlink 0"}) << "its answer crossed it";
  send(client().in(9, kInterrupt, 8));
  EXPECT_EQ(send(client().unlink(10, 9)), Lines{"10 unlink -104"});
  EXPECT_EQ(send(client().unlink(11, 9)), Lines{"11 unlink 0"}) << "once";
}

TEST_F(UsbipExporter, DropsTheAnswerOfACommandWhoseReadIsTakenBack) {
  with_card();
  send(client().out(5, kBulk, fakes::xfr_block(3, fakes::counting(4))));
  send(client().in(6, kBulk, 64));
  EXPECT_EQ(send(client().unlink(7, 6)), (Lines{"abort", "7 unlink -104"}));
  EXPECT_EQ(send(client().in(8, kBulk, 64)), Lines{});
  EXPECT_EQ(send(client().unlink(9, 8)), Lines{"9 unlink -104"});
}

TEST_F(UsbipExporter, AnswersAShortReadAsAnErrorWhenItIsAskedTo) {
  with_card();
  send(client().out(5, kBulk, fakes::command(CommandType::GetSlotStatus, 2)));
  EXPECT_EQ(send(client().in(6, kBulk, 64, UsbipClient::kShortNotOk)),
            Lines{"6 status -121 length 10 81000000000002000000"});
  send(client().out(7, kBulk, fakes::command(CommandType::GetSlotStatus, 3)));
  EXPECT_EQ(send(client().in(8, kBulk, 10, UsbipClient::kShortNotOk)),
            Lines{"8 status 0 length 10 81000000000003000000"});
}

TEST_F(UsbipExporter, NeverGivesMoreThanIsAskedFor) {
  const usb::Setup configuration{
      .request_type = 0x80, .request = 6, .value = 0x0200, .length = 255};
  const Raw lies = client().submit(5, 0x80, 9, {}, configuration);
  EXPECT_EQ(send(lies), Lines{"5 status 0 length 9 09025d0001010080"
                              "32"});
  with_card();
  send(client().out(6, kBulk, fakes::command(CommandType::GetSlotStatus, 2)));
  EXPECT_EQ(send(client().in(7, kBulk, 4)), Lines{"7 status 0 length 4 81000000"});
  EXPECT_EQ(send(client().in(8, kBulk, 64)), Lines{"8 status 0 length 6 000002000000"});
}

TEST_F(UsbipExporter, StallsWhatTheDeviceDoesNotHave) {
  EXPECT_EQ(send(client().control(
                5, {.request_type = 0x80, .request = 6, .value = 0x0600, .length = 10})),
            Lines{"5 status -32 length 0"})
      << "a qualifier, at full speed";
  const usb::Setup from_device{.request_type = 0x80, .request = 6, .value = 0x100, .length = 8};
  EXPECT_EQ(send(client().submit(6, 0x00, 8, Raw(8), from_device)), Lines{"6 status -32 length 0"})
      << "against its direction";
}

TEST_F(UsbipExporter, TakesOneInterruptTooSmallForWhatItIs) {
  EXPECT_EQ(send(client().in(5, kInterrupt, 1)), Lines{"5 status -75 length 0"});
}

TEST_F(UsbipExporter, EndsWhatIsPendingWhenItIsConfiguredAnew) {
  send(client().in(5, kInterrupt, 8));
  send(client().in(6, kBulk, 64));
  EXPECT_EQ(send(client().in(7, kInterrupt, 8)), Lines{});
  EXPECT_EQ(send(client().configure(8)),
            (Lines{"6 status -108 length 0", "7 status -108 length 0", "8 status 0 length 0"}));
}

TEST_F(UsbipExporter, EchoesTheClientsWayToWriteThatThereAreNoPackets) {
  usb::Device device({.id = {}, .serial = "1", .name = "test"});
  Exporter exporter(device, {});
  exporter.take_output();
  Raw request = client().in(5, kBulk, 64);
  for (int i = 32; i < 36; ++i) request[static_cast<std::size_t>(i)] = 0xff;
  protocol::Bytes input = request;
  ASSERT_TRUE(exporter.receive(input, {}));
  const auto answer = exporter.take_output();
  EXPECT_EQ(fakes::to_hex(answer->view().subspan(32, 4)), "ffffffff");
  client() = {};
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbip
