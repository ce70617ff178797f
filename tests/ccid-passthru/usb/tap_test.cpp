// What a tap sees of a device: whole messages, each once, however a carrier cuts them.

#include "ccid-passthru/usb/tap.hpp"

#include "ccid-passthru/usb/device.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/device_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using testing::ElementsAre;

class RecordingTap final : public Tap {
 public:
  void see_control(const Setup& setup, Status status, protocol::Bytes data) override {
    seen.push_back("control " + std::to_string(setup.request) + " " + fakes::name_of(status) +
                   (data.empty() ? "" : " " + to_hex(data)));
  }
  void see_command(protocol::Bytes message) override { seen.push_back("> " + to_hex(message)); }
  void see_reply(protocol::Bytes message) override { seen.push_back("< " + to_hex(message)); }
  void see_notification(const ccid::Notification& notification) override {
    seen.push_back("! " + to_hex(notification));
  }
  std::vector<std::string> take() { return std::exchange(seen, {}); }

  std::vector<std::string> seen;
};

class Tapped : public testing::Test {
 protected:
  Tapped() { device_.control(fakes::setup(0x00, 9, 1, 0, 0)); }
  void out(const std::string& hex) {
    device_.submit_out(RequestId{1}, kBulkOut, from_hex(hex), now_);
  }
  void in(std::size_t length) { device_.submit_in(RequestId{2}, kBulkIn, length); }
  void insert() { device_.insert_card(fakes::atr(), now_); }

  RecordingTap tap_;
  Device device_{{.id = {}, .serial = "1", .name = "alice"}, {}, &tap_};
  protocol::Time now_ = protocol::Time() + std::chrono::hours(1);
};

TEST_F(Tapped, ShowsControlRequests) {
  device_.control(fakes::setup(0x80, 8, 0, 0, 1));
  device_.control(fakes::setup(0x80, 77, 0, 0, 1));
  EXPECT_THAT(tap_.take(),
              ElementsAre("control 9 success", "control 8 success 01", "control 77 stall"));
}

TEST_F(Tapped, ShowsMessagesOnce) {
  tap_.take();
  out("65000000000003000000");
  in(5);
  in(64);
  EXPECT_THAT(tap_.take(), ElementsAre("> 65000000000003000000", "< 81000000000003020000"));
}

TEST_F(Tapped, ShowsAMessageThatCameInPieces) {
  tap_.take();
  const std::string apdu(2 * 100, '0');
  const std::string message = "6f640000000004000000" + apdu;
  out(message.substr(0, 128));
  EXPECT_THAT(tap_.take(), ElementsAre());
  out(message.substr(128));
  EXPECT_THAT(tap_.take(), ElementsAre("> " + message, "< 8000000000000442fe00"));
}

TEST_F(Tapped, ShowsTimeExtensions) {
  insert();
  out("62000000000000000000");
  out("6f04000000000100000000a40400");
  tap_.take();
  device_.expire(now_ + ccid::kExtensionInterval);
  device_.respond(protocol::SecretBytes::copy_of(from_hex("9000")));
  EXPECT_THAT(tap_.take(), ElementsAre("< 80000000000001800100", "< 800200000000010000009000"));
}

TEST_F(Tapped, ShowsNotificationsWhicheverWayTheyGo) {
  tap_.take();
  EXPECT_TRUE(device_.take_notification());
  EXPECT_FALSE(device_.take_notification());
  device_.submit_in(RequestId{7}, kInterruptIn, 8);
  insert();
  EXPECT_THAT(tap_.take(), ElementsAre("! 5002", "! 5003"));
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
