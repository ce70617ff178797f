#include "protocol/vsc/ahead.hpp"

#include "protocol/vsc/decoder.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::protocol::vsc {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;

const std::string kTwo =
    "0005 00c0000003"        // GET RESPONSE
    "0005 aabbcc9000"        //
    "0008 00cb3fff035c017e"  // GET DATA
    "0002 6a82";

TEST(Ahead, IsWrittenAsTheDocumentSays) {
  const auto message = test::ahead({{"00c0000003", "aabbcc9000"}, {"00cb3fff035c017e", "6a82"}});
  EXPECT_EQ(to_hex(encode(message).view()), "00000102000000000000001c" + to_hex(from_hex(kTwo)));
}

TEST(Ahead, IsReadBack) {
  auto ahead = read_exchanges(from_hex(kTwo));
  ASSERT_TRUE(ahead);
  EXPECT_EQ(test::text_of({ReaderId{0}, std::move(*ahead)}),
            "Ahead 0 00c0000003=aabbcc9000 00cb3fff035c017e=6a82");
  EXPECT_TRUE(read_exchanges({})->exchanges.empty());
}

TEST(Ahead, IsRefusedWhenItIsCutOff) {
  const auto bytes = from_hex(kTwo);
  constexpr std::size_t kFirst = 14;  // bytes of the first exchange
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const ExactBytes cut(Bytes(bytes).first(size));
    const auto ahead = read_exchanges(cut);
    EXPECT_EQ(ahead.has_value(), size == kFirst) << size;
    if (!ahead) {
      EXPECT_EQ(ahead.error(), Errc::BadExtension);
    }
  }
}

TEST(Ahead, IsRefusedWithoutAHeaderOrAStatusWord) {
  for (const char* wrong : {"0000 0002 9000", "0003 00c000 0002 9000", "0005 00c0000003 0000",
                            "0005 00c0000003 0001 90"}) {
    EXPECT_FALSE(read_exchanges(from_hex(wrong))) << wrong;
  }
}

TEST(Ahead, HasABound) {
  std::string most;
  for (std::size_t i = 0; i < kMaxAheadExchanges; ++i) most += "0004 00b00000 0002 9000";
  EXPECT_TRUE(read_exchanges(from_hex(most)));
  EXPECT_FALSE(read_exchanges(from_hex(most + "0004 00b00000 0002 9000")));
}

}  // namespace
}  // namespace vscard::protocol::vsc
