#include "chardev/spice/handshake.hpp"

#include "tests/chardev/spice/recording.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace vscard::chardev::spice {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;
using test::recorded;

constexpr SessionId kRecordedSession{0x60d29ac0};

SecretBytes secret(std::string_view text) {
  return SecretBytes::copy_of(std::vector<std::uint8_t>(text.begin(), text.end()));
}

/// Feeds the server's bytes as the handshake wants them, until it is done, fails or has had all;
/// gives what it wrote after its request.
std::expected<std::vector<std::uint8_t>, Errc> feed(Handshake& handshake, Bytes server) {
  std::vector<std::uint8_t> written;
  while (handshake.wants() > 0 && handshake.wants() <= server.size()) {
    const ExactBytes part(server.first(handshake.wants()));
    server = server.subspan(handshake.wants());
    const auto answer = handshake.receive(part);
    if (!answer) return std::unexpected(answer.error());
    written.insert(written.end(), answer->begin(), answer->end());
  }
  return written;
}

/// The error of a main channel's handshake with a server that sends this.
Errc error_of(Bytes server, std::string_view password = "letmein") {
  const SecretBytes secret_password = secret(password);
  Handshake handshake({ChannelType::Main}, kNewSession, secret_password);
  const auto fed = feed(handshake, server);
  return fed ? Errc{} : fed.error();
}

std::vector<std::uint8_t> recorded_reply() {
  auto stream = recorded("main S");
  stream.resize(test::kRecordedMainReply);
  return stream;
}

/// The recorded reply with other bytes at `offset`.
std::vector<std::uint8_t> changed_reply(std::size_t offset, const std::string& hex) {
  auto reply = recorded_reply();
  const auto bytes = from_hex(hex);
  std::ranges::copy(bytes, reply.begin() + static_cast<std::ptrdiff_t>(offset));
  return reply;
}

// Offsets in a reply.
constexpr std::size_t kMajor = 4;
constexpr std::size_t kSize = 12;
constexpr std::size_t kError = 16;
constexpr std::size_t kKey = 20;
constexpr std::size_t kCommonCount = 182;
constexpr std::size_t kCapsOffset = 190;
constexpr std::size_t kCommonCaps = 194;

TEST(SpiceHandshake, BeginsAsRecorded) {
  const SecretBytes password;
  EXPECT_EQ(to_hex(Handshake({ChannelType::Main}, kNewSession, password).start()),
            "524544510200000002000000"  // "REDQ", version 2.2
            "16000000"                  // size
            "000000000100"              // a new session, main channel, number 0
            "010000000000000012000000"  // one word of common capabilities, at 18
            "0b000000");                // authentication is chosen, by ticket; mini headers
  const auto main = recorded("main C");
  EXPECT_EQ(to_hex(Handshake({ChannelType::Main}, kNewSession, password).start()),
            to_hex(Bytes(main).first(test::kRecordedRequest)));
  const auto card = recorded("card C");
  EXPECT_EQ(to_hex(Handshake({ChannelType::SmartCard}, kRecordedSession, password).start()),
            to_hex(Bytes(card).first(test::kRecordedRequest)));
}

TEST(SpiceHandshake, LinksWithTheRecordedServer) {
  const SecretBytes password = secret("letmein");
  for (const auto& [who, type] :
       {std::pair{"main S", ChannelType::Main}, std::pair{"card S", ChannelType::SmartCard}}) {
    Handshake handshake({type}, kRecordedSession, password);
    const auto written = feed(handshake, recorded(who));
    ASSERT_TRUE(written) << who;
    EXPECT_EQ(handshake.wants(), 0U) << who;
    EXPECT_EQ(written->size(), test::kRecordedTicket) << who;
    EXPECT_EQ(to_hex(Bytes(*written).first(4)), "01000000") << who;
  }
}

TEST(SpiceHandshake, WaitsAtEveryTruncation) {
  const auto whole = recorded("main S");
  const SecretBytes password = secret("letmein");
  for (std::size_t size = 0; size < test::kRecordedMainReply + kLinkResultSize; ++size) {
    Handshake handshake({ChannelType::Main}, kNewSession, password);
    ASSERT_TRUE(feed(handshake, Bytes(whole).first(size))) << size;
    EXPECT_GT(handshake.wants(), 0U) << size;
  }
}

TEST(SpiceHandshake, TheServerAloneCanReadThePassword) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(1024), EVP_PKEY_free);
  std::vector<std::uint8_t> der(kPublicKeySize);
  std::uint8_t* end = der.data();
  ASSERT_EQ(i2d_PUBKEY(key.get(), &end), static_cast<int>(kPublicKeySize));
  const SecretBytes password = secret("letmein");
  Handshake handshake({ChannelType::Main}, kNewSession, password);
  const auto written = feed(handshake, changed_reply(kKey, to_hex(der)));
  ASSERT_TRUE(written && written->size() == test::kRecordedTicket);

  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free);
  ASSERT_EQ(EVP_PKEY_decrypt_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), 1);
  std::vector<std::uint8_t> clear(kTicketSize);
  std::size_t size = clear.size();
  ASSERT_EQ(EVP_PKEY_decrypt(context.get(), clear.data(), &size, written->data() + 4, kTicketSize),
            1);
  EXPECT_EQ(std::string(clear.begin(), clear.begin() + static_cast<std::ptrdiff_t>(size)),
            std::string("letmein\0", 8));
}

TEST(SpiceHandshake, KnowsWhatIsNoSpice) {
  EXPECT_EQ(error_of(from_hex("53534820")), Errc::NotSpice);   // "SSH "
  EXPECT_EQ(error_of(from_hex("52454450")), Errc::NotSpice);   // "REDP"
  EXPECT_EQ(error_of(from_hex("15030100")), Errc::SpeaksTls);  // an alert
  EXPECT_EQ(error_of(from_hex("15020100")), Errc::NotSpice);
}

TEST(SpiceHandshake, RefusesAReplyThatSpiceDoesNotHave) {
  EXPECT_EQ(error_of(changed_reply(kMajor, "01000000")), Errc::AnotherVersion);
  EXPECT_EQ(error_of(changed_reply(kSize, "b1000000")), Errc::BadMessage);  // 177
  EXPECT_EQ(error_of(changed_reply(kSize, "01100000")), Errc::BadMessage);  // 4097
  EXPECT_EQ(error_of(changed_reply(kSize, "ffffffff")), Errc::BadMessage);
  EXPECT_EQ(error_of(changed_reply(kKey, "00000000")), Errc::BadMessage);
  EXPECT_EQ(error_of(changed_reply(kCapsOffset, "ffffffff")), Errc::BadMessage);
  EXPECT_EQ(error_of(changed_reply(kCapsOffset, "b7000000")), Errc::BadMessage);
  EXPECT_EQ(error_of(changed_reply(kCommonCount, "ffffffff")), Errc::BadMessage);
  EXPECT_EQ(error_of(changed_reply(kCommonCount, "00000000")), Errc::AnotherVersion);
}

TEST(SpiceHandshake, WantsTheCapabilitiesThatItUses) {
  EXPECT_EQ(error_of(changed_reply(kCommonCaps, "0a000000")), Errc::AnotherVersion);
  EXPECT_EQ(error_of(changed_reply(kCommonCaps, "03000000")), Errc::AnotherVersion);
  EXPECT_EQ(error_of(changed_reply(kCommonCaps, "0d000000")), Errc::NeedsSasl);
}

TEST(SpiceHandshake, TellsWhyTheServerRefuses) {
  const std::pair<const char*, Errc> kReasons[] = {
      {"01000000", Errc::Refused},       {"04000000", Errc::AnotherVersion},
      {"05000000", Errc::NeedsTls},      {"06000000", Errc::NeedsPlain},
      {"07000000", Errc::WrongPassword}, {"08000000", Errc::SessionGone},
      {"09000000", Errc::NoSuchChannel}, {"ffffffff", Errc::Refused}};
  for (const auto& [code, reason] : kReasons) {
    EXPECT_EQ(error_of(changed_reply(kError, code)), reason) << code;
    auto accepted = recorded_reply();
    const auto result = from_hex(code);
    accepted.insert(accepted.end(), result.begin(), result.end());
    EXPECT_EQ(error_of(accepted), reason) << code;
  }
}

TEST(SpiceHandshake, AsksForAPasswordWhereThereIsNone) {
  auto denied = recorded_reply();
  const auto result = from_hex("07000000");
  denied.insert(denied.end(), result.begin(), result.end());
  EXPECT_EQ(error_of(denied, ""), Errc::NeedsPassword);
}

}  // namespace
}  // namespace vscard::chardev::spice
