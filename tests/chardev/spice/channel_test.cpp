#include "chardev/spice/channel.hpp"

#include "chardev/spice/main_channel.hpp"
#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/translator.hpp"
#include "tests/chardev/spice/recording.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::spice {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using test::recorded;
using Lines = std::vector<std::string>;

struct Heard {
  Lines messages;                     ///< "101 aabb", "103 …", "error: …"
  std::vector<std::uint8_t> answers;  ///< what the channel wrote
  bool operator==(const Heard&) const = default;
};

Heard hear(Channel& channel, const std::vector<Bytes>& pieces) {
  Heard heard;
  for (const Bytes piece : pieces) {
    const ExactBytes exact(piece);
    channel.feed(exact);
    while (true) {
      const auto message = channel.next();
      if (!message) {
        heard.messages.push_back("error: " + make_error_code(message.error()).message());
        break;
      }
      if (!*message) break;
      heard.messages.push_back(std::to_string(static_cast<unsigned>((*message)->type)) + " " +
                               to_hex((*message)->body.view()));
    }
    const auto answers = channel.take_answers();
    heard.answers.insert(heard.answers.end(), answers.begin(), answers.end());
  }
  return heard;
}

Heard hear(const ChannelKind& kind, const std::string& hex) {
  Channel channel(kind);
  const auto bytes = from_hex(hex);
  return hear(channel, {bytes});
}

Lines error(Errc errc) { return {"error: " + make_error_code(errc).message()}; }

/// What the recorded server said once the channel was linked, and what its client answered.
struct Linked {
  std::vector<std::uint8_t> server;
  std::vector<std::uint8_t> client;
};

Linked linked(const std::string& channel, std::size_t reply) {
  const auto drop = [](std::vector<std::uint8_t> stream, std::size_t size) {
    stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
    return stream;
  };
  return {drop(recorded(channel + " S"), reply + kLinkResultSize),
          drop(recorded(channel + " C"), test::kRecordedRequest + test::kRecordedTicket)};
}

constexpr const char* kSetAck = "0300080000000100000002000000";  // generation 1, window 2
constexpr const char* kAckSync = "01000400000001000000";
constexpr const char* kAck = "020000000000";
constexpr const char* kMouseMode = "6900080000000100000001000000";  // one that means nothing

TEST(SpiceChannel, AnswersTheRecordedMainChannelAsRecorded) {
  const Linked main = linked("main", test::kRecordedMainReply);
  ASSERT_GT(main.server.size(), 250'000U);
  Channel channel(kMainChannel);
  const Heard heard = hear(channel, {main.server});
  EXPECT_EQ(to_hex(encode_attach_channels().view()) + to_hex(heard.answers), to_hex(main.client));
  ASSERT_EQ(heard.messages.size(), 2U);
  EXPECT_TRUE(heard.messages[0].starts_with("103 c09ad260")) << heard.messages[0];
  EXPECT_EQ(heard.messages[1], "104 0200000008000300");
}

TEST(SpiceChannel, HandsTheRecordedCardMessagesOver) {
  const Linked card = linked("card", test::kRecordedCardReply);
  Channel channel(smartcard::kCardChannel);
  const Heard heard = hear(channel, {card.server});
  ASSERT_GT(heard.messages.size(), 20U);
  EXPECT_EQ(heard.messages.front(), "101 02000000000000000400000000000000");
  EXPECT_EQ(heard.messages[2], "101 07000000000000000c00000000a4040007627601ff000000");
}

TEST(SpiceChannel, DoesNotCareWhereAStreamIsSplit) {
  const Linked card = linked("card", test::kRecordedCardReply);
  const Bytes all(card.server);
  Channel whole(smartcard::kCardChannel);
  const Heard expected = hear(whole, {all});
  for (std::size_t split = 0; split <= all.size(); ++split) {
    Channel channel(smartcard::kCardChannel);
    ASSERT_EQ(hear(channel, {all.first(split), all.subspan(split)}), expected) << split;
  }
  std::vector<Bytes> single;
  for (const std::uint8_t& byte : card.server) single.emplace_back(&byte, 1);
  Channel channel(smartcard::kCardChannel);
  EXPECT_EQ(hear(channel, single), expected);
}

TEST(SpiceChannel, WaitsForTheRestOfEveryTruncation) {
  const auto ping = from_hex("04000e000000010000008bd81644030000000000");
  for (std::size_t size = 0; size < ping.size(); ++size) {
    Channel channel(kMainChannel);
    EXPECT_EQ(hear(channel, {Bytes(ping).first(size)}), Heard{}) << size;
    EXPECT_EQ(channel.in_message(), size > 0) << size;
  }
}

TEST(SpiceChannel, AcknowledgesAWindow) {
  const Heard heard = hear(kMainChannel, std::string(kSetAck) + kMouseMode + kMouseMode +
                                             kMouseMode + kMouseMode + kMouseMode);
  EXPECT_EQ(to_hex(heard.answers), std::string(kAckSync) + kAck + kAck);
  EXPECT_EQ(heard.messages, Lines(5, "105 "));
}

TEST(SpiceChannel, EndsWhenTheServerSaysSo) {
  const std::string when_and_why = "0c000000000000000000000000000000";
  EXPECT_EQ(hear(kMainChannel, "0600" + when_and_why).messages, error(Errc::Disconnected));
  for (const char* type : {"0100", "6500", "6f00", "7400"}) {
    EXPECT_EQ(hear(kMainChannel, type + when_and_why).messages, error(Errc::Migrated)) << type;
  }
  EXPECT_EQ(hear(smartcard::kCardChannel, "0100" + when_and_why).messages, error(Errc::Migrated));
}

TEST(SpiceChannel, ChecksALengthBeforeTheBodyArrives) {
  for (const char* header : {"030007000000",  // SET_ACK
                             "04000b000000",  // PING
                             "690001001000",  // any other of 1 MiB and 1
                             "0900ffffffff"}) {
    EXPECT_EQ(hear(kMainChannel, header).messages, error(Errc::BadMessage)) << header;
    EXPECT_EQ(hear(smartcard::kCardChannel, header).messages, error(Errc::BadMessage)) << header;
  }
  EXPECT_EQ(hear(kMainChannel, "690000001000"), Heard{});
  EXPECT_EQ(hear(smartcard::kCardChannel, "690000001000"), Heard{});
}

TEST(SpiceChannel, ChecksTheLengthsThatItsKindKnows) {
  for (const char* header : {"67001f000000",     // MAIN_INIT
                             "680005020000"}) {  // a list of 517 bytes
    EXPECT_EQ(hear(kMainChannel, header).messages, error(Errc::BadMessage)) << header;
    EXPECT_EQ(hear(smartcard::kCardChannel, header), Heard{}) << header;
  }
  constexpr const char* kTooLong = "650015000100";  // a card message of 65557 bytes
  EXPECT_EQ(hear(smartcard::kCardChannel, kTooLong).messages, error(Errc::BadMessage));
  EXPECT_EQ(hear(smartcard::kCardChannel, "650014000100"), Heard{});
}

std::expected<std::vector<ChannelId>, Errc> channels(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return decode_channels({kMainChannelsList, protocol::SecretBytes::copy_of(bytes)});
}

TEST(SpiceChannel, ReadsTheListOfChannels) {
  using Channels = std::vector<ChannelId>;
  constexpr ChannelType kCursor{3};
  EXPECT_EQ(channels("02000000 0800 0300"), (Channels{{ChannelType::SmartCard}, {kCursor}}));
  EXPECT_EQ(channels("02000000 0301 0801"),
            (Channels{{kCursor, ChannelNumber{1}}, {ChannelType::SmartCard, ChannelNumber{1}}}));
  EXPECT_EQ(channels("00000000"), Channels{});
  for (const char* bad : {"", "020000", "02000000 0800", "01000000 080003", "ffffffff 0800"}) {
    const auto found = channels(bad);
    ASSERT_FALSE(found) << bad;
    EXPECT_EQ(found.error(), Errc::BadMessage) << bad;
  }
}

TEST(SpiceChannel, StaysInErrorOnceAStreamIsLost) {
  Channel channel(kMainChannel);
  const auto bad = from_hex("0900ffffffff");
  const auto good = from_hex(kMouseMode);
  EXPECT_EQ(hear(channel, {bad, good}).messages.size(), 2U);
}

TEST(SpiceChannel, CardMessagesAreAsRecorded) {
  const auto body = from_hex("060000000000000000000000");  // CardRemove
  EXPECT_EQ(to_hex(encode_message(kClientData, body).view()),
            "65000c000000060000000000000000000000");
}

}  // namespace
}  // namespace vscard::chardev::spice
