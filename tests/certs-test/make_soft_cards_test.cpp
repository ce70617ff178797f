// Making soft cards: what it leaves, replaces and refuses.

#include "cards/piv/card.hpp"
#include "cards/piv/folder.hpp"
#include "certs-test/soft_cards.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <atomic>
#include <cstdlib>
#include <nss.h>
#include <pk11pub.h>

namespace vscard::certs_test {
namespace {

using test::read_file;
using test::TempFolder;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

/// Four keys, no bad ones.
class MakeSoftCards : public testing::Test {
 protected:
  MakeSoftCards() { options.folder = parent.path() / "set"; }

  TempFolder parent;
  SoftCardOptions options;
};

TEST_F(MakeSoftCards, ReplacesOnlyByForce) {
  const auto first = make_soft_cards(options);
  ASSERT_TRUE(first) << first.error().text;

  const auto refused = make_soft_cards(options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("--force"));
  EXPECT_EQ(read_file(options.folder / "manifest.json"), to_json(*first));

  options.force = true;
  const auto second = make_soft_cards(options);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_NE(second->ca.serial, first->ca.serial);
  EXPECT_EQ(read_file(options.folder / "manifest.json"), to_json(*second));
  EXPECT_THAT(parent.names(), ElementsAre("set"));
}

TEST_F(MakeSoftCards, ForceSparesWhatTheyDidNotMake) {
  write_text(options.folder / "thesis.txt", "years of work");
  options.force = true;
  EXPECT_FALSE(make_soft_cards(options));
  EXPECT_EQ(read_file(options.folder / "thesis.txt"), "years of work");
}

TEST_F(MakeSoftCards, InterruptedLeavesNothing) {
  std::atomic<bool> stop = false;
  options.progress = [&](std::string_view text) { stop = text.contains("key 4 of 4"); };
  options.interrupted = [&] { return stop.load(); };
  const auto made = make_soft_cards(options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().text, "interrupted");
  EXPECT_THAT(parent.names(), IsEmpty());
}

TEST_F(MakeSoftCards, RefusesWhileNssIsInUseAndLeavesNothing) {
  NSSInitContext* busy = NSS_InitContext("", "", "", "", nullptr,
                                         NSS_INIT_NOCERTDB | NSS_INIT_NOMODDB | NSS_INIT_FORCEOPEN);
  ASSERT_NE(busy, nullptr);
  const auto made = make_soft_cards(options);
  EXPECT_EQ(NSS_ShutdownContext(busy), SECSuccess);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().text, HasSubstr("NSS is in use"));
  EXPECT_THAT(parent.names(), IsEmpty());
}

/// How a database says by how many rounds a key of 32 bytes is derived: two numbers of
/// PBKDF2-params, RFC 8018 A.2, in DER.
constexpr std::string_view kOneRound("\x02\x01\x01\x02\x01\x20", 6);
constexpr std::string_view kSevenRounds("\x02\x01\x07\x02\x01\x20", 6);
constexpr std::string_view kNssRounds("\x02\x02\x27\x10\x02\x01\x20", 7);  // 10,000

// NOLINTBEGIN(concurrency-mt-unsafe): there are no other threads
/// As setenv(3), until this object goes.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

constexpr const char* kMaxRounds = "NSS_MAX_MP_PBE_ITERATION_COUNT";

TEST_F(MakeSoftCards, DeriveTheirKeysInOneRoundUnlessAskedOtherwise) {
  const auto key_database = [&] {
    const auto made = make_soft_cards(options);
    return made ? read_file(options.folder / made->cards[0].folder / "key4.db") : "";
  };
  options.force = true;
  const std::string quick = key_database();
  EXPECT_TRUE(quick.contains(kOneRound));
  EXPECT_FALSE(quick.contains(kNssRounds));
  EXPECT_EQ(std::getenv(kMaxRounds), nullptr) << "not for NSS's next user";
  options.key_derivation = KeyDerivation::Full;
  const std::string full = key_database();
  EXPECT_TRUE(full.contains(kNssRounds));
  EXPECT_FALSE(full.contains(kOneRound));
  options.key_derivation = KeyDerivation::Quick;
  const Environment users(kMaxRounds, "7");
  EXPECT_TRUE(key_database().contains(kSevenRounds));
  EXPECT_STREQ(std::getenv(kMaxRounds), "7");
}
// NOLINTEND(concurrency-mt-unsafe)

TEST_F(MakeSoftCards, LeavesNssShutDownForTheNextUser) {
  ASSERT_TRUE(make_soft_cards(options));
  EXPECT_EQ(NSS_IsInitialized(), PR_FALSE);
  const TempFolder other;
  ASSERT_EQ(NSS_InitReadWrite(("sql:" + other.path().string()).c_str()), SECSuccess);
  EXPECT_EQ(PK11_FindCertFromNickname("id", nullptr), nullptr) << "another database";
  EXPECT_EQ(NSS_Shutdown(), SECSuccess);
}

TEST_F(MakeSoftCards, RefusesWrongOptionsBeforeAnythingIsMade) {
  options.progress = [](std::string_view text) { ADD_FAILURE() << text; };
  const auto refused = [&](std::string_view why) {
    const auto made = make_soft_cards(options);
    return !made && made.error().text.contains(why);
  };
  options.days = 0;
  EXPECT_TRUE(refused("1 to 36500"));
  options.days = kMaxDays + 1;
  EXPECT_TRUE(refused("1 to 36500"));
  options.days = kMaxDays;
  options.pin = protocol::SecretBytes{};
  EXPECT_TRUE(refused("4 to 8"));
  options.pin = default_pin();
  options.subjects = {"Alice", "alice"};
  EXPECT_TRUE(refused("share the folder"));
  options.subjects = {};
  EXPECT_TRUE(refused("needs a subject"));
  options.subjects = {"Alice"};
  options.bad = {Defect::Expired, Defect::Expired};
  EXPECT_TRUE(refused("twice"));
  options.bad = {};
  options.keys = KeyKinds::all(KeyKind::P256);
  EXPECT_TRUE(refused("a card of the CAC kind cannot have P-256 keys"));
  options.type = CardType::Piv;
  options.pin =
      protocol::SecretBytes::copy_of(std::array<std::uint8_t, 5>{'1', '2', '3', '4', '5'});
  EXPECT_TRUE(refused("6 to 8 digits"));
  options.pin = default_pin();
  options.folder = parent.path() / "none/set";
  EXPECT_TRUE(refused("No such file"));
  EXPECT_THAT(parent.names(), IsEmpty());
}

/// What a PIV card answers, in hexadecimal.
std::string answer(cards::piv::Card& card, std::string_view command) {
  return fakes::to_hex(card.transmit(fakes::from_hex(command)).view());
}

/// Each card of the set is a PIV card: the PIN opens it, and its keys are those of the
/// certificates.
void expect_piv_cards(const std::filesystem::path& folder, const Manifest& manifest) {
  for (const CardEntry& entry : manifest.cards) {
    auto state = cards::piv::Folder::open(folder / entry.folder).value().load().value().value();
    EXPECT_EQ(state.keys.size(), 4U) << "and that for attestations";
    cards::piv::Card card(std::move(state), [](protocol::Bytes) { return true; });
    EXPECT_EQ(answer(card, "00200080083132333435363738"), "9000") << entry.folder;
    for (const char* slot : {"9c", "9a"}) {
      const std::string sign =
          fmt::format("008711{}267c24820081200{}00", slot, std::string(63, '1'));
      EXPECT_THAT(answer(card, sign), testing::EndsWith("9000")) << entry.folder << slot;
    }
    EXPECT_THAT(answer(card, "00cb3fff055c035fc105"), testing::StartsWith("5382")) << entry.folder;
  }
}

TEST_F(MakeSoftCards, MakesPivCardsGoodAndBad) {
  options.type = CardType::Piv;
  options.keys = KeyKinds::all(KeyKind::P256);
  for (const auto& [defect, name] : kDefects) options.bad.push_back(defect);
  const auto made = make_soft_cards(options);
  ASSERT_TRUE(made) << made.error().text;
  ASSERT_EQ(made->cards.size(), 1 + kDefects.size());
  EXPECT_EQ(made->cards[0].folder, "cards/test-user/piv");
  EXPECT_EQ(made->cards[1].folder, "bad/expired/piv");
  expect_piv_cards(options.folder, *made);
  EXPECT_FALSE(make_soft_cards(options)) << "they are known as soft cards";
  std::filesystem::remove(options.folder / "bad/expired/piv/card");
  options.force = true;
  const auto damaged = make_soft_cards(options);
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().text, HasSubstr("bad/expired/piv/card is missing"));
}

TEST_F(MakeSoftCards, DeriveThePinOfAPivCardAsAsked) {
  options.type = CardType::Piv;
  options.keys = KeyKinds::all(KeyKind::P384);
  options.force = true;
  const auto work = [&] {
    const auto made = make_soft_cards(options);
    const auto folder = options.folder / made.value().cards[0].folder;
    return cards::piv::Folder::open(folder).value().load().value().value().pin.wrapped.front();
  };
  EXPECT_EQ(work(), static_cast<std::uint8_t>(cards::piv::WorkFactor::Least));
  options.key_derivation = KeyDerivation::Full;
  EXPECT_EQ(work(), static_cast<std::uint8_t>(cards::piv::WorkFactor::Standard));
}

TEST_F(MakeSoftCards, TimesBeyond2050AreValid) {
  options.days = kMaxDays;
  const auto made = make_soft_cards(options);
  ASSERT_TRUE(made) << made.error().text;
  const Handle<BIO> file(
      BIO_new_file((options.folder / made->cards[0].certificates[0].certificate).c_str(), "r"));
  const Handle<X509> certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  ASSERT_TRUE(certificate);
  int days = 0;
  int seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate.get()),
                           X509_get0_notAfter(certificate.get())),
            1);
  EXPECT_EQ(days, kMaxDays + 1);
}

}  // namespace
}  // namespace vscard::certs_test
