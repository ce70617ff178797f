#include "pcsc-bridge/pcsc/decoder.hpp"

#include "pcsc-bridge/pcsc/codec.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using protocol::Errc;

const std::string kVersion = "0c000000 11000000 04000000 06000000 00000000";
const std::string kStates = "00000000 12000000";
/// SCardTransmit of 00a40400 with T=0, as libpcsclite 1.9.9 sends it.
const std::string kTransmit =
    "20000000 09000000"  // size, command
    "f96d062d"           // handle
    "01000000 10000000"  // T=0, its PCI's length
    "04000000"           // bytes of the command
    "03000000 10000000"  // the program gave no receive PCI
    "02010000"           // room for 258 bytes
    "00000000"           // rv
    "00a40400";

std::vector<std::string> decode_all(Decoder& decoder) {
  std::vector<std::string> all;
  while (true) {
    const auto request = decoder.next();
    if (!request) {
      all.push_back(make_error_code(request.error()).message());
      return all;
    }
    if (!*request) return all;
    all.push_back(to_hex(encode((*request)->call, (*request)->data.view()).view()));
  }
}

std::vector<std::string> decode_hex(const std::string& hex) {
  Decoder decoder;
  decoder.feed(ExactBytes(from_hex(hex)));
  return decode_all(decoder);
}

std::string message_of(Errc errc) { return make_error_code(errc).message(); }

TEST(PcscDecoder, ReadsEveryMemberInItsPlace) {
  Decoder decoder;
  decoder.feed(ExactBytes(from_hex(kTransmit)));
  const auto request = decoder.next();
  ASSERT_TRUE(request && *request);
  const auto& call = std::get<Transmit>((*request)->call);
  EXPECT_EQ(call.card, HandleId{0x2d066df9});
  EXPECT_EQ(call.send_protocol, kT0);
  EXPECT_EQ(call.sent, 4U);
  EXPECT_EQ(call.received, 258U);
  EXPECT_EQ(to_hex((*request)->data.view()), "00a40400");
}

TEST(PcscDecoder, GivesTheSameForEverySplit) {
  const auto bytes = from_hex(kVersion + kStates + kTransmit);
  const auto expected = decode_hex(kVersion + kStates + kTransmit);
  ASSERT_EQ(expected.size(), 3U);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    Decoder decoder;
    decoder.feed(ExactBytes({bytes.data(), split}));
    auto all = decode_all(decoder);
    decoder.feed(ExactBytes({bytes.data() + split, bytes.size() - split}));
    for (auto& more : decode_all(decoder)) all.push_back(std::move(more));
    EXPECT_EQ(all, expected) << split;
  }
}

TEST(PcscDecoder, GivesNothingForATruncatedRequest) {
  const auto bytes = from_hex(kTransmit);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Decoder decoder;
    decoder.feed(ExactBytes({bytes.data(), size}));
    EXPECT_TRUE(decode_all(decoder).empty()) << size;
    EXPECT_EQ(decoder.buffered(), size);
  }
}

TEST(PcscDecoder, RefusesWhatIsNoRequest) {
  const std::string ones(2 * 512, '1');
  const std::vector<std::string> wrong_lengths{
      "0b000000 11000000" + ones,  // the struct is shorter
      "0d000000 11000000" + ones,  // … longer
      "20000000 09000000 00000000 00000000 00000000 0d000100" + std::string(32, '0'),  // 65549
      "18000000 0a000000 00000000 00000000 ffffffff" + std::string(24, '0')};
  for (const std::string& hex : wrong_lengths) {
    EXPECT_EQ(decode_hex(hex), std::vector{message_of(Errc::BadLength)}) << hex.substr(0, 60);
  }
  for (const char* command : {"00", "03", "0c", "0e", "18", "ff"}) {
    const auto hex = "00000000 " + std::string(command) + "000000";
    EXPECT_EQ(decode_hex(hex), std::vector{message_of(Errc::UnexpectedMessage)}) << hex;
  }
}

TEST(PcscDecoder, RefusesAnAttributeThatIsLongerThanItsPlace) {
  const std::string head = "18010000 10000000 01000000 02000000" + std::string(528, '0');
  EXPECT_EQ(decode_hex(head + "08010000 00000000").size(), 1U);
  EXPECT_NE(decode_hex(head + "08010000 00000000"), std::vector{message_of(Errc::BadLength)});
  EXPECT_EQ(decode_hex(head + "09010000 00000000"), std::vector{message_of(Errc::BadLength)});
}

TEST(PcscDecoder, DoesNotLookAtTheSizeOfNoStruct) {
  EXPECT_EQ(decode_hex("ffffffff 12000000 00000000 13000000").size(), 2U);
}

TEST(PcscDecoder, TakesACommandOfTheGreatestLength) {
  std::string hex =
      "20000000 09000000 01000000 01000000 10000000 0c000100 03000000 10000000 02010000 00000000";
  hex += std::string(2 * kMaxData, 'a');
  EXPECT_EQ(decode_hex(hex).size(), 1U);
}

TEST(PcscDecoder, StaysInError) {
  Decoder decoder;
  decoder.feed(ExactBytes(from_hex("00000000 03000000")));
  EXPECT_FALSE(decoder.next());
  decoder.feed(ExactBytes(from_hex(kStates)));
  EXPECT_FALSE(decoder.next());
}

TEST(PcscCodec, WritesStatesWithFreeOnesBehind) {
  const auto atr = from_hex("3b8001");
  ReaderState state{
      .name = {}, .events = 7, .bits = 0x34, .sharing = -1, .atr = atr, .protocol = kT1};
  state.name.bytes[0] = 'r';
  const auto bytes = encode(std::vector{state}, 2);
  ASSERT_EQ(bytes.size(), 2 * kStateSize);
  EXPECT_EQ(to_hex(bytes.view().subspan(128, 56)),
            "0700000034000000ffffffff3b8001" + std::string(66, '0') + "0300000002000000");
  EXPECT_EQ(to_hex(bytes.view().subspan(kStateSize)), std::string(2 * kStateSize, '0'));
}

TEST(PcscCodec, AReadersNameEndsAtItsEnd) {
  ReaderName name;
  name.bytes.fill('x');
  EXPECT_EQ(name.text().size(), kReaderName - 1);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::pcsc
