// What is in the file of a capture; tests/interop/capture.sh has tshark say what it means.

#include "ccid-passthru/usb_capture.hpp"

#include "program/log.hpp"
#include "tests/fakes/device_harness.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace vscard::ccid_passthru {
namespace {

using fakes::from_hex;
using testing::HasSubstr;
using testing::Not;

std::string text(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return {bytes.begin(), bytes.end()};
}

class UsbCaptureTest : public testing::Test {
 protected:
  UsbCaptureTest() {
    log::set_level(log::Level::Off);
    EXPECT_TRUE(capture_.open());
  }
  std::string file() {
    capture_.close();
    return test::read_file(path_);
  }
  const test::TempFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "a.pcapng";
  capture::Capture capture_{{.file = path_}};
  const usb::Identity identity_{.id = {}, .serial = "1", .name = "alice"};
  UsbCapture tap_{capture_, identity_, {}};
  usb::Device device_{identity_, {}, &tap_};
};

TEST_F(UsbCaptureTest, BeginsWithTheDescriptors) {
  const std::string all = file();
  EXPECT_THAT(all, HasSubstr("alice (USB)"));
  const std::size_t device = all.find(text("12010002000000 40e60833440001010203 01"));
  const std::size_t configuration = all.find(text("09025d000101008032 0904000003 0b"));
  ASSERT_NE(device, std::string::npos);
  ASSERT_NE(configuration, std::string::npos);
  EXPECT_LT(device, configuration);
}

TEST_F(UsbCaptureTest, HasMessagesWithoutSecrets) {
  device_.control(fakes::setup(0x00, 9, 1, 0, 0));
  const std::string select = "6f05000000000100000000a4000000";
  const std::string verify = "6f0d000000000200000000200080083132333435363738";
  for (const std::string& message : {select, verify}) {
    device_.submit_out(usb::RequestId{1}, usb::kBulkOut, from_hex(message), {});
  }
  const std::string all = file();
  EXPECT_THAT(all, HasSubstr(text(select)));
  EXPECT_THAT(all, HasSubstr(text("6f0d0000000002000000002000800000000000000000 00")));
  EXPECT_THAT(all, Not(HasSubstr("12345678")));
  EXPECT_THAT(all, HasSubstr(std::string(capture::kBlanked)));
}

}  // namespace
}  // namespace vscard::ccid_passthru
