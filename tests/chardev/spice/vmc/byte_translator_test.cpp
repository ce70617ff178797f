#include "chardev/spice/vmc/byte_translator.hpp"

#include "chardev/spice/channel.hpp"
#include "chardev/spice/vmc/data_message.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::spice::vmc {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using Lines = std::vector<std::string>;

/// What QEMU 7.2 sends first on the port "org.vscard.a".
const std::string kPortInitBody =
    "0d000000"                    // size of the name, with its end
    "09000000"                    // where it is
    "01"                          // a device is there
    "6f72672e7673636172642e6100"  // org.vscard.a
    ;

Message message(ServerMessage type, const std::string& body) {
  return {type, protocol::SecretBytes::copy_of(from_hex(body))};
}

Lines hex_of(const Translator::Pieces& pieces) {
  Lines lines;
  for (const auto& piece : pieces) lines.push_back(to_hex(piece.view()));
  return lines;
}

std::error_code error_of(const ChannelKind& kind, const std::string& hex) {
  Channel channel(kind);
  const auto bytes = from_hex(hex);
  channel.feed(bytes);
  const auto next = channel.next();
  return next ? std::error_code() : make_error_code(next.error());
}

TEST(SpicePort, ReadsItsNameAsRecorded) {
  EXPECT_EQ(decode_port_name(from_hex(kPortInitBody)), "org.vscard.a");
  EXPECT_EQ(decode_port_name(from_hex("01000000 08000000 00")), "") << "wherever it is";
}

TEST(SpicePort, HasNoNameInWhatIsCutOffOrPointsElsewhere) {
  const auto whole = from_hex(kPortInitBody);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ExactBytes exact(Bytes(whole).first(size));
    EXPECT_EQ(decode_port_name(exact).error(), Errc::BadMessage) << size;
  }
  for (const char* bad :
       {"00000000 09000000 01 00", "02000000 09000000 01 00", "01000000 0a000000 01 00",
        "01000000 ffffffff 01 00", "ffffffff 09000000 01 00", "01000000 09000000 01 61"}) {
    const ExactBytes exact(from_hex(bad));
    EXPECT_EQ(decode_port_name(exact).error(), Errc::BadMessage) << bad;
  }
}

TEST(SpiceData, HasALimitThatIsCheckedBeforeItArrives) {
  for (const ChannelKind* kind : {&kUsbredirChannel, &kPortChannel}) {
    EXPECT_FALSE(error_of(*kind, "650000000200"));
    EXPECT_EQ(error_of(*kind, "650001000200"), Errc::BadMessage);
    EXPECT_EQ(error_of(*kind, "0100 04000000 00000000"), Errc::Migrated);
  }
  EXPECT_FALSE(error_of(kPortChannel, "c90000040000"));
  EXPECT_EQ(error_of(kPortChannel, "c90001040000"), Errc::BadMessage);
  EXPECT_FALSE(error_of(kUsbredirChannel, "c90001040000")) << "which means nothing there";
}

TEST(SpiceByteTranslator, GivesBytesAsTheyAre) {
  ByteTranslator translator;
  EXPECT_FALSE(translator.from_server(message(kServerData, "0102")));
  EXPECT_FALSE(translator.from_server(message(kServerData, "")));
  EXPECT_FALSE(translator.from_server(message(kServerData, "03")));
  EXPECT_FALSE(translator.from_server(message(ServerMessage{102}, "")));
  EXPECT_EQ(hex_of(translator.take_for_client()), (Lines{"0102", "03"}));
  EXPECT_EQ(hex_of(translator.take_for_client()), Lines{});

  EXPECT_FALSE(translator.from_client(from_hex("0405")));
  EXPECT_FALSE(translator.from_client({}));
  EXPECT_EQ(hex_of(translator.take_for_server()), Lines{"0405"});
}

TEST(SpiceByteTranslator, CutsWhatIsLong) {
  ByteTranslator translator;
  std::vector<std::uint8_t> bytes(65536 + 1, 0x55);
  bytes.back() = 0x66;
  EXPECT_FALSE(translator.from_client(bytes));
  const auto pieces = translator.take_for_server();
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].size(), 65536U);
  EXPECT_EQ(to_hex(pieces[1].view()), "66");
}

TEST(SpiceByteTranslator, WantsThePortOfItsName) {
  ByteTranslator right("org.vscard.a");
  EXPECT_FALSE(right.from_server(message(kPortInit, kPortInitBody)));
  EXPECT_FALSE(right.from_server(message(kServerData, "01")));
  EXPECT_EQ(hex_of(right.take_for_client()), Lines{"01"});

  ByteTranslator wrong("org.vscard");
  EXPECT_EQ(wrong.from_server(message(kPortInit, kPortInitBody)), Errc::AnotherPort);
  ByteTranslator broken("org.vscard.a");
  EXPECT_EQ(broken.from_server(message(kPortInit, "0d")), Errc::BadMessage);
  ByteTranslator early("org.vscard.a");
  EXPECT_EQ(early.from_server(message(kServerData, "01")), Errc::BadMessage) << "before its name";
}

}  // namespace
}  // namespace vscard::chardev::spice::vmc
