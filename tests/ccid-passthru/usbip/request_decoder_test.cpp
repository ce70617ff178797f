#include "ccid-passthru/usbip/request_decoder.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vscard::ccid_passthru::usbip {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;

// Of vhci_hcd of Linux 6.1, on the wire: command, sequence, devid, direction, endpoint; flags,
// length, start frame, iso packets, interval; setup.
const std::string kGetDescriptor =
    "00000001 00000002 00010001 00000001 00000000"
    "00000200 00000012 00000000 00000000 00000000 8006000100001200";
const std::string kSetConfiguration =
    "00000001 0000000c 00010001 00000000 00000000"
    "00000000 00000000 00000000 00000000 00000000 0009010000000000";
const std::string kInterrupt =
    "00000001 00000012 00010001 00000001 00000002"
    "00000200 00000008 00000000 00000000 00000008 0000000000000000";
const std::string kBulkOut =
    "00000001 00000013 00010001 00000000 00000001"
    "00000000 0000000a 00000000 00000000 00000000 0000000000000000"
    "65000000000000000000";
const std::string kBulkIn =
    "00000001 00000014 00010001 00000001 00000001"
    "00000200 0000000a 00000000 00000000 00000000 0000000000000000";
const std::string kUnlink =
    "00000002 0000002d 00010001 00000000 00000000"
    "00000026 000000000000000000000000000000000000000000000000";

std::string text(const Request& request) {
  if (const auto* unlink = std::get_if<Unlink>(&request)) {
    return std::to_string(unlink->sequence) + " unlink " + std::to_string(unlink->victim);
  }
  const auto& submit = std::get<Submit>(request);
  const auto& setup = submit.setup;
  std::string line = std::to_string(submit.sequence) + " ep " + to_hex({&submit.endpoint, 1}) +
                     " length " + std::to_string(submit.length);
  if (submit.short_is_error) line += " exactly";
  if (setup.request != 0) {
    line += " setup " + to_hex(std::vector{setup.request_type, setup.request}) + " " +
            std::to_string(setup.value) + " " + std::to_string(setup.length);
  }
  return submit.data.empty() ? line : line + " " + to_hex(submit.data.view());
}

/// Fed in pieces of this size.
std::vector<std::string> decode(const std::vector<std::uint8_t>& bytes, std::size_t piece) {
  RequestDecoder decoder;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const ExactBytes exact(protocol::Bytes(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    for (protocol::Bytes input = exact; !input.empty();) {
      auto next = decoder.next(input);
      if (!next) return {make_error_code(next.error()).message()};
      if (*next) lines.push_back(text(**next));
    }
  }
  if (decoder.in_request()) lines.emplace_back("…");
  return lines;
}

const std::string kAll =
    kGetDescriptor + kSetConfiguration + kInterrupt + kBulkOut + kBulkIn + kUnlink;
const std::vector<std::string> kAllLines{"2 ep 80 length 18 setup 8006 256 18",
                                         "12 ep 00 length 0 setup 0009 1 0",
                                         "18 ep 82 length 8",
                                         "19 ep 01 length 10 65000000000000000000",
                                         "20 ep 81 length 10",
                                         "45 unlink 38"};

TEST(UsbipRequestDecoder, TakesWhatLinuxSendsInPiecesOfEverySize) {
  const auto bytes = from_hex(kAll);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    EXPECT_EQ(decode(bytes, piece), kAllLines) << piece;
  }
}

TEST(UsbipRequestDecoder, WaitsForTheRestOfEachTruncation) {
  for (const auto& whole : {kGetDescriptor, kBulkOut, kUnlink}) {
    auto bytes = from_hex(whole);
    while (bytes.size() > 1) {
      bytes.pop_back();
      EXPECT_EQ(decode(bytes, bytes.size()), std::vector<std::string>{"…"}) << bytes.size();
    }
  }
}

std::vector<std::string> decode(const std::string& hex) { return decode(from_hex(hex), 1000); }

TEST(UsbipRequestDecoder, RefusesALengthAboveTheLimitBeforeTheDataArrive) {
  const std::string head = "00000001 00000013 00010001 00000000 00000001 00000000 ";
  const std::string tail = " 00000000 00000000 00000000 0000000000000000";
  EXPECT_EQ(decode(head + "00020000" + tail), std::vector<std::string>{"…"}) << "128 KiB";
  const std::vector<std::string> too_long{make_error_code(Errc::RequestTooLong).message()};
  EXPECT_EQ(decode(head + "00020001" + tail), too_long);
  EXPECT_EQ(decode(head + "ffffffff" + tail), too_long);
}

TEST(UsbipRequestDecoder, HasRoomForAnyReadAsNothingIsAllocated) {
  EXPECT_EQ(decode("00000001 00000014 00010001 00000001 00000001 00000001 ffffffff"
                   "00000000 ffffffff 00000000 0000000000000000"),
            std::vector<std::string>{"20 ep 81 length 4294967295 exactly"});
}

TEST(UsbipRequestDecoder, RefusesWhatTheProtocolDoesNotHave) {
  const auto with = [](std::size_t at, const std::string& word) {
    auto bytes = from_hex(kBulkIn);
    std::ranges::copy(from_hex(word), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    return decode(bytes, bytes.size());
  };
  const std::vector<std::string> bad{make_error_code(Errc::BadRequest).message()};
  EXPECT_EQ(with(0, "00000003"), bad) << "an answer";
  EXPECT_EQ(with(0, "01000000"), bad);
  EXPECT_EQ(with(12, "00000002"), bad) << "direction";
  EXPECT_EQ(with(16, "00000010"), bad) << "endpoint";
  EXPECT_EQ(with(32, "00000001"),
            std::vector<std::string>{make_error_code(Errc::Isochronous).message()});
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbip
