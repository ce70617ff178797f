#include "chardev/spice/smartcard/vsc_translator.hpp"

#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::spice::smartcard {
namespace {

using namespace fakes;
using namespace protocol::vsc::test;
using protocol::Bytes;
using protocol::vsc::encode;
using protocol::vsc::ReaderId;
using Lines = std::vector<std::string>;

Lines hex_of(const Translator::Pieces& messages) {
  Lines lines;
  for (const auto& message : messages) lines.push_back(to_hex(message.view()));
  return lines;
}

/// What reaches the server of a message that the client writes.
Lines sent(VscTranslator& translator, const protocol::vsc::Message& message) {
  const auto bytes = encode(message);
  EXPECT_FALSE(translator.from_client(bytes.view()));
  return hex_of(translator.take_for_server());
}

std::error_code from_server(VscTranslator& translator, Bytes body) {
  return translator.from_server({kServerData, protocol::SecretBytes::copy_of(body)});
}

/// What the client reads of a card message.
Lines received(VscTranslator& translator, const std::string& hex) {
  EXPECT_FALSE(from_server(translator, from_hex(hex)));
  return hex_of(translator.take_for_client());
}

TEST(SpiceVscTranslator, WritesWhatWasRecorded) {
  VscTranslator translator;
  EXPECT_EQ(sent(translator, reader_add("soft")), Lines{"03000000ffffffff04000000736f6674"});
  EXPECT_EQ(sent(translator, atr("3b7a1800007366746520636431 3434")),
            Lines{"05000000000000000f0000003b7a18000073667465206364313434"});
  EXPECT_EQ(sent(translator, apdu("6a82")), Lines{"0700000000000000020000006a82"});
  EXPECT_EQ(sent(translator, card_remove()), Lines{"060000000000000000000000"});
  EXPECT_EQ(sent(translator, error(1)), Lines{"02000000000000000400000000000001"});
  EXPECT_EQ(sent(translator, reader_remove()), Lines{"040000000000000000000000"});
}

TEST(SpiceVscTranslator, ReadsWhatWasRecorded) {
  VscTranslator translator;
  EXPECT_EQ(received(translator, "02000000000000000400000000000000"),
            Lines{to_hex(encode(error(0)).view())});
  EXPECT_EQ(received(translator, "07000000000000000500000000c000000d"),
            Lines{to_hex(encode(apdu("00c000000d")).view())});
}

TEST(SpiceVscTranslator, StandsInForTheHostsInit) {
  VscTranslator translator;
  EXPECT_EQ(sent(translator, init()), Lines{});
  EXPECT_EQ(hex_of(translator.take_for_client()),
            Lines{to_hex(encode({protocol::vsc::kUndefinedReader, protocol::vsc::Init{}}).view())});
}

TEST(SpiceVscTranslator, NeverRemovesAReaderThatTheServerDoesNotKnow) {
  VscTranslator translator;
  const Lines refused{to_hex(encode(error(1)).view())};
  EXPECT_EQ(sent(translator, reader_remove()), Lines{});
  EXPECT_EQ(hex_of(translator.take_for_client()), refused);
  EXPECT_EQ(sent(translator, reader_add()).size(), 1U);
  EXPECT_EQ(sent(translator, reader_remove()).size(), 1U);
  EXPECT_EQ(hex_of(translator.take_for_client()), Lines{});
  EXPECT_EQ(sent(translator, reader_remove()), Lines{});
  EXPECT_EQ(hex_of(translator.take_for_client()), refused);
}

TEST(SpiceVscTranslator, KeepsWhatSpiceDoesNotKnowToItself) {
  VscTranslator translator;
  EXPECT_EQ(sent(translator, flush_complete()), Lines{});
  EXPECT_EQ(hex_of(translator.take_for_client()), Lines{});
}

TEST(SpiceVscTranslator, DoesNotCareWhereTheClientsBytesAreSplit) {
  const auto message = encode(atr("3b00"));
  const auto whole = message.view();
  for (std::size_t split = 0; split <= whole.size(); ++split) {
    VscTranslator translator;
    EXPECT_FALSE(translator.from_client(whole.first(split)));
    EXPECT_FALSE(translator.from_client(whole.subspan(split)));
    EXPECT_EQ(hex_of(translator.take_for_server()), Lines{"0500000000000000020000003b00"}) << split;
  }
}

TEST(SpiceVscTranslator, RefusesAMessageWhoseLengthIsAnother) {
  const auto good = from_hex("0700000000000000020000009000");
  for (std::size_t size = 0; size < good.size(); ++size) {
    VscTranslator translator;
    EXPECT_EQ(from_server(translator, Bytes(good).first(size)), Errc::BadMessage) << size;
  }
  VscTranslator translator;
  const auto longer = from_hex("070000000000000002000000900000");
  EXPECT_EQ(from_server(translator, longer), Errc::BadMessage);
  EXPECT_EQ(hex_of(translator.take_for_client()), Lines{});
}

TEST(SpiceVscTranslator, TellsOfBytesThatAreNoVsc) {
  VscTranslator translator;
  const auto bytes = from_hex("0000000700000000ffffffff");
  EXPECT_EQ(translator.from_client(bytes), protocol::Errc::PayloadTooLong);
}

}  // namespace
}  // namespace vscard::chardev::spice::smartcard
