#include "chardev/nats/message.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::nats {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;

std::expected<Message, Errc> decode_hex(const std::string& hex) {
  return decode(ExactBytes(from_hex(hex)));
}

bool is_bad(const std::expected<Message, Errc>& decoded) {
  return !decoded && decoded.error() == Errc::BadMessage;
}

constexpr const char* kData =
    "04"        // Data
    "00010002"  // at
    "fffffffe"  // read
    "0a0b";     // bytes

TEST(NatsMessage, HasOneFormEach) {
  const auto bytes = from_hex("0a0b");
  const std::vector<std::pair<Message, std::string>> all{
      {Open{.subject = "a.b"}, "01 01 ffffffff 612e62"},
      {Open{.subject = "a", .labels = {"b=c", "d=e"}, .waited = Milliseconds(0x10002)},
       "01 01 00010002 61 20 623d63 20 643d65"},
      {Accept{}, "02"},
      {Refuse{"no"}, "03 6e6f"},
      {Data{.at = 0x10002, .read = 0xfffffffe, .bytes = bytes}, kData},
      {Data{.at = 1, .read = 2, .bytes = {}}, "04 00000001 00000002"},
      {Close{.at = 0x01020304}, "05 01020304"},
      {Probe{}, "06"},
      {InLine{0x102}, "07 00000102"}};
  for (const auto& [message, hex] : all) {
    const auto encoded = encode(message);
    EXPECT_EQ(fakes::to_hex(encoded.view()), fakes::to_hex(from_hex(hex)));
    const auto decoded = decode(encoded.view());
    ASSERT_TRUE(decoded) << hex;
    EXPECT_EQ(fakes::to_hex(encode(*decoded).view()), fakes::to_hex(from_hex(hex)));
  }
}

TEST(NatsMessage, GivesTheBytesOfData) {
  const ExactBytes bytes(from_hex(kData));
  const auto message = decode(bytes);
  ASSERT_TRUE(message);
  const auto* const data = std::get_if<Data>(&*message);
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->at, 0x10002U);
  EXPECT_EQ(data->read, 0xfffffffeU);
  EXPECT_EQ(fakes::to_hex(data->bytes), "0a0b");
}

TEST(NatsMessage, IsRefusedWhenItIsCutShort) {
  for (const char* const hex : {"0101ffffffff", "040000000100000002", "0501020304", "0700000001"}) {
    const auto whole = from_hex(hex);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const ExactBytes part(protocol::Bytes(whole).first(size));
      EXPECT_TRUE(is_bad(decode(part))) << hex << " " << size;
    }
  }
}

TEST(NatsMessage, IsRefusedWhenItIsLongerOrOfNoKind) {
  for (const char* const hex :
       {"", "00", "08", "ff", "01", "0200", "060000", "050102030405", "070000000100"}) {
    EXPECT_TRUE(is_bad(decode_hex(hex))) << hex;
  }
}

TEST(NatsMessage, CarriesAWindowAndNoByteMore) {
  std::vector<std::uint8_t> bytes(kDataHeader + kWindow);
  bytes[0] = 4;
  EXPECT_TRUE(decode(bytes));
  bytes.push_back(0);
  EXPECT_FALSE(decode(bytes));
}

TEST(NatsMessage, GivesAReasonThatALogCanShow) {
  const auto message = decode_hex("03 410a1b5b42c3a4");
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<Refuse>(*message).reason, "A??[B??");
  std::vector<std::uint8_t> bytes(1 + kMaxText, 'a');
  bytes[0] = 3;
  EXPECT_TRUE(decode(bytes));
  bytes.push_back('a');
  EXPECT_FALSE(decode(bytes));
}

}  // namespace
}  // namespace vscard::chardev::nats
