#include "chardev/tls/pairing/message.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::tls::pairing {
namespace {

using fakes::from_hex;

constexpr const char* kIntroduction =
    "01"      // Introduction
    "0009"    // bytes that follow
    "02"      // size of the name
    "766d"    // vm
    "0003"    // size of the certificate
    "308001"  // certificate
    "aa";     // proof

std::expected<std::optional<Message>, MessageErrc> decode(protocol::Bytes bytes) {
  MessageDecoder decoder;
  decoder.feed(bytes);
  return decoder.next();
}
Message introduction() {
  return Introduction{.name = "vm", .certificate = {0x30, 0x80, 0x01}, .proof = {0xaa}};
}

TEST(PairingMessage, IsWhatTheOtherSideSends) {
  EXPECT_EQ(*decode(from_hex(kIntroduction)), introduction());
  EXPECT_EQ(encode(introduction()), from_hex(kIntroduction));
  EXPECT_EQ(*decode(from_hex("020000")), Message(Kept{}));
  EXPECT_EQ(encode(Kept{}), from_hex("020000"));
  EXPECT_EQ(*decode(from_hex("030000")), Message(CodeUsed{}));
  EXPECT_EQ(encode(CodeUsed{}), from_hex("030000"));
}

TEST(PairingMessage, MayComeInAnyParts) {
  const auto bytes = from_hex(std::string(kIntroduction) + "020000");
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    MessageDecoder decoder;
    std::vector<Message> messages;
    for (const auto part :
         {protocol::Bytes(bytes).first(split), protocol::Bytes(bytes).subspan(split)}) {
      decoder.feed(part);
      while (const auto message = *decoder.next()) messages.push_back(*message);
    }
    EXPECT_EQ(messages, (std::vector<Message>{introduction(), Kept{}})) << split;
  }
}

TEST(PairingMessage, IsNotThereBeforeItsEnd) {
  const auto bytes = from_hex(kIntroduction);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::uint8_t> part(bytes.begin(),
                                         bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(*decode(part)) << size;
  }
}

TEST(PairingMessage, HasLimitsThatAreSeenAtItsBeginning) {
  EXPECT_EQ(decode(from_hex("01ffff")).error(), MessageErrc::TooLong);
  EXPECT_EQ(decode(from_hex("000000")).error(), MessageErrc::UnknownType);
  EXPECT_EQ(decode(from_hex("040000")).error(), MessageErrc::UnknownType);
  EXPECT_EQ(decode(from_hex("020001aa")).error(), MessageErrc::Malformed);
  EXPECT_EQ(decode(from_hex("01000302766d")).error(), MessageErrc::Malformed);
  const auto with = [](std::size_t name, std::size_t certificate, std::size_t proof) {
    return encode(Introduction{.name = std::string(name, 'n'),
                               .certificate = std::vector<std::uint8_t>(certificate),
                               .proof = std::vector<std::uint8_t>(proof)});
  };
  EXPECT_TRUE(decode(with(kMaxName, kMaxCertificate, kMaxProof)));
  EXPECT_EQ(decode(with(kMaxName + 1, 0, 0)).error(), MessageErrc::TooLong);
  EXPECT_EQ(decode(with(0, kMaxCertificate + 1, 0)).error(), MessageErrc::TooLong);
  EXPECT_EQ(decode(with(0, 0, kMaxProof + 1)).error(), MessageErrc::TooLong);
}

}  // namespace
}  // namespace vscard::chardev::tls::pairing
