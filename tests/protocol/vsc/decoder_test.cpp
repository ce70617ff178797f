#include "protocol/vsc/decoder.hpp"

#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using test::text_of;

// Recorded: libcacard 2.8's vscclient greets.
constexpr const char* kClientInit =
    "00000001"   // type: Init
    "00000000"   // reader: vscclient writes 0 everywhere
    "0000000c"   // length
    "56534344"   // magic "VSCD", in this order
    "00000002"   // version 0.0.2
    "00000000";  // capabilities[0]

// Recorded: QEMU 7.2 answers.
constexpr const char* kHostInit =
    "00000001"  // type: Init
    "ffffffff"  // reader: undefined
    "0000000c"
    "56534344"
    "00000002"
    "00000000";

// Recorded: QEMU's answer to ReaderAdd, ATR, CardRemove.
constexpr const char* kSuccess =
    "00000002"   // type: Error
    "00000000"   // reader
    "00000004"   // length
    "00000000";  // code: success

// Recorded: a soft card is inserted.
constexpr const char* kAtr =
    "00000005"  // type: ATR
    "00000000"
    "0000000f"
    "3b7a1800007366746520636431 3434";

/// All messages of the bytes, fed in pieces of the given sizes' sum; "error" if the stream fails.
std::vector<std::string> decode(const std::vector<Bytes>& pieces) {
  Decoder decoder;
  std::vector<std::string> lines;
  for (const Bytes piece : pieces) {
    const ExactBytes exact(piece);
    decoder.feed(exact);
    while (true) {
      auto message = decoder.next();
      if (!message) {
        lines.push_back("error: " + make_error_code(message.error()).message());
        return lines;
      }
      if (!*message) break;
      lines.push_back(text_of(**message));
    }
  }
  if (decoder.in_message()) lines.emplace_back("partial");
  return lines;
}

std::vector<std::string> decode(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return decode(std::vector<Bytes>{bytes});
}

std::string header(const char* type, const char* length) {
  return std::string(type) + "00000000" + length;
}

using Lines = std::vector<std::string>;

TEST(VscDecoder, ReadsRecordedMessages) {
  EXPECT_EQ(decode(kClientInit), Lines{"Init 0"});
  EXPECT_EQ(decode(kHostInit), Lines{"Init x"});
  EXPECT_EQ(decode(kSuccess), Lines{"Error 0 0"});
  EXPECT_EQ(decode(kAtr), Lines{"ATR 0 3b7a18000073667465206364313434"});
}

TEST(VscDecoder, ReadsTheWordsOfInit) {
  const auto bytes = from_hex("00000001 ffffffff 0000000c 56534344 01020304 80000001");
  Decoder decoder;
  decoder.feed(bytes);
  const auto message = decoder.next();
  ASSERT_TRUE(message && *message);
  const auto& init = std::get<Init>((*message)->body);
  EXPECT_EQ(init.version, 0x01020304U);
  EXPECT_EQ(init.capabilities, 0x80000001U);
}

TEST(VscDecoder, TakesAnInitWithoutAndWithMoreCapabilityWords) {
  EXPECT_EQ(decode("00000001 00000000 00000008 56534344 00000002"), Lines{"Init 0"});
  EXPECT_EQ(decode("00000001 00000000 00000010 56534344 00000002 00000001 00000002"),
            Lines{"Init 0 extension"});
}

TEST(VscDecoder, ReadsPower) {
  EXPECT_EQ(decode(header("00000101", "00000001") + "00"), Lines{"Power 0 0"});
  EXPECT_EQ(decode(header("00000101", "00000001") + "02"), Lines{"Power 0 2"});
  EXPECT_EQ(decode(header("00000101", "00000001") + "03"),
            Lines{"error: " + make_error_code(Errc::BadExtension).message()});
  for (const char* length : {"00000000", "00000002"}) {
    EXPECT_EQ(decode(header("00000101", length) + "0000"),
              Lines{"error: " + make_error_code(Errc::BadLength).message()});
  }
}

TEST(VscDecoder, ReadsReaderUse) {
  EXPECT_EQ(decode(header("0000010a", "00000001") + "00"), Lines{"ReaderUse 0 0"});
  EXPECT_EQ(decode(header("0000010a", "00000001") + "02"), Lines{"ReaderUse 0 2"});
  EXPECT_EQ(decode(header("0000010a", "00000001") + "03"),
            Lines{"error: " + make_error_code(Errc::BadExtension).message()});
  for (const char* length : {"00000000", "00000002"}) {
    EXPECT_EQ(decode(header("0000010a", length) + "0000"),
              Lines{"error: " + make_error_code(Errc::BadLength).message()});
  }
}

TEST(VscDecoder, ReadsWhatResumes) {
  EXPECT_EQ(decode(header("00000105", "00000004") + "00000007"), Lines{"Received 0 7"});
  EXPECT_EQ(decode(header("00000106", "00000000")), Lines{"Resume 0"});
  const std::string proof = "000102030405060708090a0b0c0d0e0f00000009";
  EXPECT_EQ(decode(header("00000106", "00000014") + proof),
            Lines{"Resume 0 000102030405060708090a0b0c0d0e0f 9"});
  EXPECT_EQ(decode(header("00000107", "00000000")), Lines{"Bye 0"});
  EXPECT_EQ(decode(header("00000108", "00000000")), Lines{"Cancel 0"});
  EXPECT_EQ(decode(header("00000109", "00000000")), Lines{"Working 0"});
  for (const std::string& wrong : {header("00000105", "00000003"), header("00000106", "00000004"),
                                   header("00000107", "00000001")}) {
    EXPECT_EQ(decode(wrong), Lines{"error: " + make_error_code(Errc::BadLength).message()})
        << wrong;
  }
}

TEST(VscDecoder, ReadsPingAndPong) {
  EXPECT_EQ(decode(header("00000103", "00000004") + "00000007"), Lines{"Ping 0 7"});
  EXPECT_EQ(decode(header("00000104", "00000004") + "ffffffff"), Lines{"Pong 0 4294967295"});
  for (const char* type : {"00000103", "00000104"}) {
    EXPECT_EQ(decode(header(type, "00000003") + "000000"),
              Lines{"error: " + make_error_code(Errc::BadLength).message()});
  }
}

TEST(VscDecoder, RejectsEveryWrongByteOfTheMagic) {
  for (std::size_t i = 0; i < kMagic.size(); ++i) {
    auto bytes = from_hex(kClientInit);
    bytes.at(kHeaderSize + i) ^= 0x20;
    EXPECT_EQ(decode(std::vector<Bytes>{bytes}),
              Lines{"error: " + make_error_code(Errc::BadMagic).message()});
  }
}

/// The whole recorded conversation, a line a message: "C" or "H" and its bytes.
std::vector<std::pair<char, std::vector<std::uint8_t>>> recorded() {
  std::ifstream file(VSCARD_TEST_DATA "/vsc-transcript.txt");
  std::vector<std::pair<char, std::vector<std::uint8_t>>> messages;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("C ") || line.starts_with("H ")) {
      messages.emplace_back(line[0], from_hex(line.substr(2)));
    }
  }
  return messages;
}

TEST(VscDecoder, EncodingGivesTheRecordedBytesBack) {
  const auto messages = recorded();
  ASSERT_EQ(messages.size(), 30U);
  for (const auto& [from, bytes] : messages) {
    Decoder decoder;
    decoder.feed(bytes);
    const auto message = decoder.next();
    ASSERT_TRUE(message && *message) << to_hex(bytes);
    EXPECT_EQ(to_hex(encode(**message).view()), to_hex(bytes));
  }
}

TEST(VscDecoder, DoesNotCareWhereAStreamIsSplit) {
  std::vector<std::uint8_t> stream;
  for (const auto& [from, bytes] : recorded())
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  const Lines whole = decode(std::vector<Bytes>{stream});
  ASSERT_EQ(whole.size(), 30U);
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    const Bytes all(stream);
    ASSERT_EQ(decode({all.first(split), all.subspan(split)}), whole) << "split at " << split;
  }
  std::vector<Bytes> single;
  for (const std::uint8_t& byte : stream) single.emplace_back(&byte, 1);
  EXPECT_EQ(decode(single), whole);
}

TEST(VscDecoder, WaitsForTheRestOfEveryTruncation) {
  for (const char* hex : {kClientInit, kSuccess, kAtr}) {
    const auto bytes = from_hex(hex);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      EXPECT_EQ(decode(std::vector<Bytes>{Bytes(bytes).first(size)}), Lines{"partial"}) << size;
    }
  }
}

TEST(VscDecoder, TakesThePayloadOfTheLargestApduAndNoMore) {
  auto bytes = from_hex(header("00000007", "00010008"));  // 65544
  bytes.resize(kHeaderSize + kMaxPayload, 0xa5);
  Decoder decoder;
  decoder.feed(bytes);
  const auto message = decoder.next();
  ASSERT_TRUE(message && *message);
  EXPECT_EQ(std::get<Apdu>((*message)->body).bytes.size(), 65544U);
  EXPECT_EQ(decode(header("00000007", "00010009")),
            Lines{"error: " + make_error_code(Errc::PayloadTooLong).message()});
}

TEST(VscDecoder, RejectsALengthAboveTheLimitBeforeThePayloadArrives) {
  const Lines too_long{"error: " + make_error_code(Errc::PayloadTooLong).message()};
  for (const char* type : {"00000001", "00000005", "00000007", "0000004d", "ffffffff"}) {
    EXPECT_EQ(decode(header(type, "ffffffff")), too_long) << type;
  }
}

TEST(VscDecoder, RejectsLengthsThatATypeCannotHave) {
  const Lines bad_length{"error: " + make_error_code(Errc::BadLength).message()};
  for (const auto& [type, length] : std::vector<std::pair<const char*, const char*>>{
           {"00000001", "00000000"},  // Init without a magic
           {"00000001", "00000004"},  // … without a version
           {"00000001", "0000000d"},  // … with part of a word
           {"00000001", "00000104"},  // … with 63 capability words
           {"00000002", "00000000"},  // Error without its code
           {"00000002", "00000005"},
           {"00000003", "00000401"},  // ReaderAdd with a name of 1025 bytes
           {"00000004", "00000001"},  // ReaderRemove, CardRemove, Flush, FlushComplete have none
           {"00000006", "00000001"},
           {"00000008", "00000001"},
           {"00000009", "00000001"}}) {
    EXPECT_EQ(decode(header(type, length)), bad_length) << type << " " << length;
  }
}

TEST(VscDecoder, SkipsThePayloadOfAnUnknownType) {
  EXPECT_EQ(decode(header("0000004d", "00000003") + "aabbcc" + kSuccess),
            (Lines{"unknown type 77 0", "Error 0 0"}));
  EXPECT_EQ(decode(header("00000000", "00000000") + header("0000000a", "00000000")),
            (Lines{"unknown type 0 0", "unknown type 10 0"}));
}

TEST(VscDecoder, StaysInErrorOnceAStreamIsLost) {
  Decoder decoder;
  const auto bad = from_hex(header("00000007", "ffffffff"));
  decoder.feed(bad);
  EXPECT_FALSE(decoder.next());
  const auto good = from_hex(kSuccess);
  decoder.feed(good);
  const auto again = decoder.next();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), Errc::PayloadTooLong);
}

TEST(VscMessage, InitHasExactlyOneCapabilityWord) {
  EXPECT_EQ(encode({ReaderId{0}, Init{.capabilities = 1}}).size(), kHeaderSize + 12);
}

TEST(VscMessage, ANameIsSentAsItIs) {
  EXPECT_EQ(to_hex(encode({kUndefinedReader, ReaderAdd{"a\xc3\xa9"}}).view()),
            "00000003"  // type: ReaderAdd
            "ffffffff"  // reader: to be allocated
            "00000003"  // length
            "61c3a9");  // UTF-8
}

}  // namespace
}  // namespace vscard::protocol::vsc
