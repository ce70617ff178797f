#include "protocol/vsc/ext_hello.hpp"

#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/message.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::protocol::vsc {
namespace {

using fakes::from_hex;
using fakes::to_hex;

const std::string kRevisionItem = "0001 0002 0001";
const std::string kMaxApduItem = "0002 0004 00010008";

std::string read(const std::string& hex) {
  const auto hello = read_items(from_hex(hex));
  if (!hello) return make_error_code(hello.error()).message();
  return std::to_string(hello->revision) + " " + std::to_string(hello->max_apdu) + " " +
         std::to_string(hello->features);
}
const std::string kBad = make_error_code(Errc::BadExtension).message();

TEST(ExtHello, IsWrittenAsTheDocumentSays) {
  const Message hello{kUndefinedReader,
                      ExtHello{.max_apdu = kMaxPayload, .features = kPowerFeature}};
  EXPECT_EQ(to_hex(encode(hello).view()),
            "00000100ffffffff00000016"  // type, reader, length
            "000100020001"              // revision 1
            "0002000400010008"          // 65,544 bytes
            "0003000400000001");        // Power
}

TEST(ExtHello, IsReadInAnyOrderAndWithItemsOfLaterRevisions) {
  EXPECT_EQ(read(kRevisionItem + kMaxApduItem), "1 65544 0");
  EXPECT_EQ(read(kMaxApduItem + kRevisionItem), "1 65544 0");
  EXPECT_EQ(read("0008 0000" + kRevisionItem + "ffff 0003 aabbcc" + kMaxApduItem + "0008 0000"),
            "1 65544 0");
  EXPECT_EQ(read("0001 0002 0009" + kMaxApduItem), "9 65544 0");
  EXPECT_EQ(read("0003 0004 80000001" + kRevisionItem + kMaxApduItem), "1 65544 2147483649");
}

TEST(ExtHello, TakesNoMoreThanVscCarries) {
  EXPECT_EQ(read(kRevisionItem + "0002 0004 00000102"), "1 258 0");
  EXPECT_EQ(read(kRevisionItem + "0002 0004 ffffffff"), "1 65544 0");
}

TEST(ExtHello, IsRefusedIfItsItemsDoNotHold) {
  for (const std::string& wrong : {
           std::string(), kRevisionItem, kMaxApduItem,     // one is missing
           kRevisionItem + kRevisionItem + kMaxApduItem,   // one comes twice
           kRevisionItem + kMaxApduItem + kMaxApduItem,    //
           "0001 0003 000001" + kMaxApduItem,              // of a wrong length
           kRevisionItem + "0002 0002 ffff",               //
           kRevisionItem + kMaxApduItem + "0003 0001 01",  //
           "0001 0002 0000" + kMaxApduItem,                // no revision
           kRevisionItem + "0002 0004 00000101",           // no room for a short response
           kRevisionItem + kMaxApduItem + "0007 0001",     // cut off
           kRevisionItem + kMaxApduItem + "00",            //
       }) {
    EXPECT_EQ(read(wrong), kBad) << wrong;
  }
}

TEST(ExtHello, IsRefusedInEveryTruncation) {
  const auto whole = from_hex(kRevisionItem + kMaxApduItem);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const fakes::ExactBytes part(Bytes(whole).first(size));
    EXPECT_FALSE(read_items(part)) << size;
  }
}

const std::string kSecretItem = "0004 0010 000102030405060708090a0b0c0d0e0f";
const std::string kSessionItem = "0005 0008 1011121314151617";
const std::string kEarlierItem = "0006 000c 2021222324252627 00000007";

TEST(ExtHello, SaysThatItsSenderResumes) {
  const auto hello = read_items(
      from_hex(kSecretItem + kMaxApduItem + kEarlierItem + kRevisionItem + kSessionItem));
  ASSERT_TRUE(hello);
  const ResumeOffer& offer = hello->resume;
  EXPECT_EQ(to_hex(offer.secret.value()), "000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(to_hex(offer.session.value()), "1011121314151617");
  EXPECT_EQ(to_hex(offer.earlier.value().session), "2021222324252627");
  EXPECT_EQ(offer.earlier->received, 7);
  EXPECT_EQ(to_hex(encode({kUndefinedReader, *hello}).view().subspan(kHeaderSize + 22)),
            to_hex(from_hex(kSecretItem + kSessionItem + kEarlierItem)));
}

TEST(ExtHello, IsRefusedIfTheItemsOfResumingDoNotHold) {
  const std::string whole = kRevisionItem + kMaxApduItem;
  for (const std::string& wrong :
       {kSecretItem + kSecretItem, kSessionItem + kSessionItem, kEarlierItem + kEarlierItem,
        std::string("0004 0001 00"), std::string("0005 0007 10111213141516"),
        std::string("0006 0008 2021222324252627")}) {
    EXPECT_EQ(read(whole + wrong), kBad) << wrong;
  }
}

const std::string kReadersItem = "0007 0004 00000003";

TEST(ExtHello, SaysHowManyReadersAHostTakes) {
  const auto hello = read_items(from_hex(kReadersItem + kMaxApduItem + kRevisionItem));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->readers, 3);
  EXPECT_EQ(to_hex(encode({kUndefinedReader, *hello}).view().subspan(kHeaderSize + 22)),
            to_hex(from_hex(kReadersItem)));
  EXPECT_EQ(read_items(from_hex(kMaxApduItem + kRevisionItem))->readers, 1) << "without it";
  for (const std::string& wrong : {kReadersItem + kReadersItem, std::string("0007 0004 00000000"),
                                   std::string("0007 0002 0003")}) {
    EXPECT_EQ(read(kRevisionItem + kMaxApduItem + wrong), kBad) << wrong;
  }
}

TEST(ExtHello, IsBounded) {
  const auto refusal = [](const std::string& header) {
    Decoder decoder;
    const auto bytes = from_hex(header);
    decoder.feed(bytes);
    const auto message = decoder.next();
    return message ? "none" : make_error_code(message.error()).message();
  };
  EXPECT_EQ(refusal("00000100 ffffffff 00001000"), "none");
  EXPECT_EQ(refusal("00000100 ffffffff 00001001"), make_error_code(Errc::BadLength).message());
}

}  // namespace
}  // namespace vscard::protocol::vsc
