#include "cards/libcacard/identity.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace vscard::cards::libcacard {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;

constexpr Serial kSerial{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
const std::string kSelectContainer = "00a4040007a000000116db00";
const std::string kSelectCardManager = "00a4040007a0000000030000";

// As libcacard 2.8.0 answers, cut off behind the serial.
const std::string kValues =
    "0a01"              // size
    "a000000079"        // RID
    "0302"              // manufacturer, type
    "40705072360e"      // chip
    "000058bd002c19b5"  // serial
    "2121";             // versions
const std::string kOwnValues = "0a01a000000079030240705072360e11223344556677882121";
const std::string kProductionData =
    "9f7f2a00050045d00140210101074f7aafd64b8cd347927205167372051674720500000a4000000000000929bb";
const std::string kOwnProductionData =
    "9f7f2a00050045d00140210101074f112233448cd347927205167372051674720500000a400000000055667788";

class IdentityOfACard : public testing::Test {
 protected:
  /// What the guest gets of this response to this command.
  std::string answer(const std::string& command, const std::string& response) {
    auto bytes = SecretBytes::copy_of(from_hex(response));
    identity_.put_into(bytes, request_of(from_hex(command)));
    return to_hex(bytes.view());
  }

  /// The same of a response that the guest gets in pieces of this size.
  std::string in_pieces(const std::string& command, const std::string& response, std::size_t size) {
    std::string all;
    EXPECT_EQ(answer(command, "6120"), "6120");
    for (std::size_t i = 0; i < response.size(); i += 2 * size) {
      const bool last = i + 2 * size >= response.size();
      const std::string piece =
          answer("00c0000000", response.substr(i, 2 * size) + (last ? "9000" : "6110"));
      all += piece.substr(0, piece.size() - 4);
    }
    return all;
  }

  Identity identity_{kSerial};
};

std::string read_values(std::size_t offset) {
  return "805200" + to_hex(std::array{static_cast<std::uint8_t>(offset)}) + "02022000";
}

TEST_F(IdentityOfACard, IsInTheCapabilityContainerAtEveryOffsetAndSize) {
  answer(kSelectContainer, "610d");
  for (std::size_t offset = 0; offset <= kValues.size() / 2; ++offset) {
    for (std::size_t size = 0; offset + size <= kValues.size() / 2; ++size) {
      EXPECT_EQ(answer(read_values(offset), kValues.substr(2 * offset, 2 * size) + "9000"),
                kOwnValues.substr(2 * offset, 2 * size) + "9000")
          << offset << ", " << size;
    }
  }
}

TEST_F(IdentityOfACard, IsInTheCapabilityContainerInPieces) {
  answer(kSelectContainer, "610d");
  for (std::size_t offset = 0; offset < kValues.size() / 2; ++offset) {
    for (std::size_t size = 1; size < 30; ++size) {
      EXPECT_EQ(in_pieces(read_values(offset), kValues.substr(2 * offset), size),
                kOwnValues.substr(2 * offset))
          << offset << ", " << size;
    }
  }
}

TEST_F(IdentityOfACard, IsInTheProductionData) {
  answer(kSelectCardManager, "611b");
  EXPECT_EQ(answer("00ca9f7f00", kProductionData + "9000"), kOwnProductionData + "9000");
  for (std::size_t size = 1; size < 50; ++size)
    EXPECT_EQ(in_pieces("80ca9f7f2d", kProductionData, size), kOwnProductionData) << size;
}

TEST_F(IdentityOfACard, IsOnTheChannelOfTheContainer) {
  answer("01" + kSelectContainer.substr(2), "610d");
  EXPECT_EQ(answer("8052000002022000", kValues + "9000"), kValues + "9000");
  EXPECT_EQ(answer("8152000002022000", kValues + "9000"), kOwnValues + "9000");
  EXPECT_EQ(answer("b152000002022000", kValues + "9000"), kValues + "9000");
}

TEST_F(IdentityOfACard, StaysWhereSelectFails) {
  answer(kSelectContainer, "610d");
  answer("04a4040007a0000000790100", "6882");
  EXPECT_EQ(answer("8052000002022000", kValues + "9000"), kOwnValues + "9000");
}

TEST_F(IdentityOfACard, IsNotInOtherBuffers) {
  EXPECT_EQ(answer("8052000002022000", kValues + "9000"), kValues + "9000");
  answer(kSelectContainer, "610d");
  EXPECT_EQ(answer("8052000002012000", kValues + "9000"), kValues + "9000") << "tags";
  EXPECT_EQ(answer("00c0000000", kValues + "9000"), kValues + "9000") << "what SELECT left";
  EXPECT_EQ(answer("00ca006600", kProductionData + "9000"), kProductionData + "9000");
  answer("00a4040007a0000000790100", "610d");
  EXPECT_EQ(answer("8052000002022000", kValues + "9000"), kValues + "9000");
}

// libcacard keeps the rest of a response when a command is malformed.
TEST_F(IdentityOfACard, IsInTheRestBehindAMalformedCommand) {
  answer(kSelectContainer, "610d");
  answer("8052000002022000", "6119");
  EXPECT_EQ(answer("80", "6700"), "6700");
  EXPECT_EQ(answer("02c0000000", "6882"), "6882");
  EXPECT_EQ(answer("00c0000000", kValues + "9000"), kOwnValues + "9000");
}

}  // namespace
}  // namespace vscard::cards::libcacard
