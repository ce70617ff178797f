#include "cards/libcacard/emulation.hpp"

#include "cards/kinds.hpp"

#include <gtest/gtest.h>

namespace vscard::cards::libcacard {
namespace {

/// Of cards as --card has them.
Result<Emulation> emulation(const std::vector<std::string>& texts) {
  std::vector<Card> cards;
  for (const std::string& text : texts) cards.push_back(card_of(parse_card_spec(text).value()));
  return emulation_of(cards);
}

/// libcacard's string for a card of its own command line, with certificates.
std::string arguments(const std::string& words) {
  const auto spec =
      make_card_spec("libcacard", {.head = words, .keys = {{"cert", "id"}, {"cert", "sign"}}});
  return emulation_of({card_of(spec.value())}).value().arguments;
}

TEST(Emulation, PutsTheFirstDatabaseIntoNssAndTheOthersIntoTokens) {
  const auto three = emulation({"soft:db=/a,cert=x,cert=y", "soft:db=/b", "soft:db=/c,cert=z"});
  ASSERT_TRUE(three);
  EXPECT_EQ(three->database, "/a");
  EXPECT_EQ(three->others,
            (std::vector<Emulation::Database>{{"vscard1", "/b"}, {"vscard2", "/c"}}));
  EXPECT_EQ(three->names, (std::vector<std::string>{"", "vscard1", "vscard2"}));
  EXPECT_EQ(three->arguments, "db=\"sql:/a\" use_hw=no");
}

TEST(Emulation, GivesTheDatabaseOfTheModulesToNss) {
  const auto three = emulation({"soft:db=/a,cert=x", "nss:db=/m", "nss:db=/m"});
  ASSERT_TRUE(three);
  EXPECT_EQ(three->database, "/m");
  EXPECT_EQ(three->names, (std::vector<std::string>{"vscard1", "", ""}));
  EXPECT_EQ(three->arguments, "db=\"sql:/m\" use_hw=removable");
}

TEST(Emulation, ListsTheReadersForLibcacard) {
  const Emulation emulation{
      .database = "/a", .others = {}, .names = {}, .arguments = "db=\"sql:/a\" use_hw=no"};
  EXPECT_EQ(arguments_of(emulation, {{"", {"x", "y"}}, {"pkcs11:token=b", {"pkcs11:id=%01"}}}),
            "db=\"sql:/a\" use_hw=no soft=(,reader1,CAC,,x,y)"
            " soft=(pkcs11:token=b,reader2,CAC,,pkcs11:id=%01)");
}

TEST(Emulation, KeepsLibcacardsWordsApart) {
  EXPECT_EQ(arguments("use_hw=no db=\"sql:/a\""),
            "use_hw=no db=\"sql:/a\" soft=(,Virtual Reader,CAC,,id,sign)");
  EXPECT_EQ(arguments("db=\"sql:/a\" use_hw=no"),
            "db=\"sql:/a\" use_hw=no soft=(,Virtual Reader,CAC,,id,sign)");
  EXPECT_EQ(arguments(""), "db=\"/etc/pki/nssdb\" soft=(,Virtual Reader,CAC,,id,sign)");
  EXPECT_EQ(emulation({"libcacard:nssemul"}).value().arguments, "nssemul");
  EXPECT_EQ(emulation({"libcacard"}).value().arguments, "") << "its defaults";
}

/// Why there is none.
std::string refusal(const std::vector<std::string>& texts) {
  const auto refused = emulation(texts);
  return refused ? "" : refused.error().text;
}

TEST(Emulation, RefusesWhatOneProcessCannotHave) {
  EXPECT_EQ(refusal({"libcacard:nssemul", "soft:db=/a"}),
            "--card libcacard: cannot be combined with another card in one process");
  EXPECT_EQ(refusal({"nss:db=/m", "nss:db=/b"}),
            "--card nss: one process can use only one database, not two: /m or /b");
  const std::string twice = ": a card is in one reader; make another one with certs-test";
  EXPECT_EQ(refusal({"soft:db=/a", "soft:db=/a"}), "two cards of one database, /a" + twice);
  EXPECT_EQ(refusal({"soft:db=/a", "soft:db=/b", "soft:db=/b"}),
            "two cards of one database, /b" + twice);
}

TEST(Emulation, FindsTheDatabaseInLibcacardsArguments) {
  EXPECT_EQ(database_in("use_hw=no db=\"sql:/a b\" soft=()"), "/a b");
  EXPECT_EQ(database_in("db=\"/a\""), "/a");
  EXPECT_EQ(database_in("db=\"/a"), "/a");
  EXPECT_EQ(database_in("use_hw=no"), std::nullopt);
}

TEST(Emulation, KnowsWhetherLibcacardLooksForTokens) {
  const auto looks = [](const std::string& arguments) {
    return looks_for_tokens(EmulatedCard{.arguments = arguments, .certificates = {}});
  };
  EXPECT_TRUE(looks(""));
  EXPECT_TRUE(looks("use_hw="));
  EXPECT_TRUE(looks("use_hw=yes"));
  EXPECT_TRUE(looks("use_hw=no use_hw=removable")) << "the last one counts";
  EXPECT_FALSE(looks("use_hw=no"));
  EXPECT_FALSE(looks("db=\"/a\" use_hw=0 soft=(,reader,CAC,,id)"));
  EXPECT_TRUE(looks_for_tokens(TokenCard{.database = "/a", .slot = {}}));
  EXPECT_FALSE(looks_for_tokens(SoftCard{.database = "/a", .certificates = {}}));
}

}  // namespace
}  // namespace vscard::cards::libcacard
