#include "capture/apdu_packet.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

namespace vscard::capture {
namespace {

TEST(ApduPacket, NamesDissectorAndDirection) {
  EXPECT_EQ(fakes::to_hex(apdu_head(Direction::ToCard)),
            "000c0008"          // EXP_PDU_TAG_DISSECTOR_NAME
            "69736f3738313600"  // "iso7816"
            "00230004"          // EXP_PDU_TAG_P2P_DIRECTION
            "00000000"          // P2P_DIR_SENT
            "00000000");        // EXP_PDU_TAG_END_OF_OPT
  EXPECT_EQ(fakes::to_hex(apdu_head(Direction::FromCard)),
            "000c000869736f37383136000023000400000001"  // P2P_DIR_RECV
            "00000000");
}

}  // namespace
}  // namespace vscard::capture
