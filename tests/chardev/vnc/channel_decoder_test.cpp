#include "chardev/vnc/channel_decoder.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace vscard::chardev::vnc {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;

/// What a decoder reads of pieces of this size, at most `room` bytes at a time; "!" at an error.
std::string decoded(Bytes bytes, std::size_t piece, std::size_t room) {
  ChannelDecoder decoder;
  std::string text;
  while (!bytes.empty()) {
    const ExactBytes part(bytes.first(std::min(piece, bytes.size())));
    bytes = bytes.subspan(Bytes(part).size());
    decoder.feed(part);
    std::vector<std::uint8_t> into(room);
    while (true) {
      const auto size = decoder.read(into);
      if (!size) return text + "!";
      if (*size == 0) break;
      text += fakes::to_hex(Bytes(into).first(*size));
    }
  }
  return text + (decoder.in_message() ? "..." : "");
}

const std::string kTwo =
    "b2 00 0000 00000003 010203"  // Data of 3 bytes
    "b2 00 0000 00000001 04";     // and of one

TEST(VncChannelDecoder, ReadsAtEverySplit) {
  const auto bytes = from_hex(kTwo);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    for (std::size_t room = 1; room <= 4; ++room) {
      EXPECT_EQ(decoded(bytes, piece, room), "01020304") << piece << ' ' << room;
    }
  }
}

TEST(VncChannelDecoder, WaitsAtEveryTruncation) {
  const auto bytes = from_hex(kTwo);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string text = decoded(Bytes(bytes).first(size), size, 8);
    EXPECT_EQ(text.ends_with("..."), size != 0 && size != 11) << size;
    EXPECT_TRUE(std::string("01020304").starts_with(text.substr(0, text.find('.')))) << size;
  }
}

TEST(VncChannelDecoder, RefusesWhatMayNotCome) {
  for (const char* other : {
           "00 00 0000 00000001 00",      // a FramebufferUpdate
           "03 00 0000 00000001 00",      // a request for one
           "b2 01 0000 00000006 767363",  // an offer
           "b2 02 0000 00000001 00",      // an unknown kind
           "b2 00 0000 00000000 00",      // no data
           "b2 00 0000 00010001 00",      // one byte too many
           "b2 00 0000 ffffffff 00",
       }) {
    const auto bytes = from_hex(other);
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      EXPECT_EQ(decoded(bytes, piece, 8), "!") << other;
    }
    EXPECT_EQ(decoded(from_hex(kTwo + other), 64, 8), "01020304!") << other;
  }
}

TEST(VncChannelDecoder, TakesTheLongestMessage) {
  auto bytes = from_hex("b2000000 00010000");
  const auto data = fakes::counting(kMaxData);
  bytes.insert(bytes.end(), data.begin(), data.end());
  EXPECT_EQ(decoded(bytes, 1000, 4096), fakes::to_hex(data));
}

}  // namespace
}  // namespace vscard::chardev::vnc
