#include "cards/libcacard/emulation.hpp"

#include <gtest/gtest.h>

namespace vscard::cards::libcacard {
namespace {

const TokenCard kToken{"/m", std::nullopt};

TEST(Emulation, PutsTheFirstDatabaseIntoNssAndTheOthersIntoTokens) {
  const auto emulation =
      emulation_of({SoftCard{"/a", {"x", "y"}}, SoftCard{"/b", {}}, SoftCard{"/c", {"z"}}});
  ASSERT_TRUE(emulation);
  EXPECT_EQ(emulation->database, "/a");
  EXPECT_EQ(emulation->tokens,
            (std::vector<Emulation::Token>{{"vscard1", "/b"}, {"vscard2", "/c"}}));
  EXPECT_EQ(emulation->arguments,
            "db=\"sql:/a\" use_hw=no soft=(,reader1,CAC,,x,y)"
            " soft=(vscard1,reader2,CAC,,vscard1:id,vscard1:sign,vscard1:enc)"
            " soft=(vscard2,reader3,CAC,,vscard2:z)");
  EXPECT_EQ(emulation->nicknames.at(2), std::vector<std::string>{"vscard2:z"});
}

TEST(Emulation, GivesTheDatabaseOfTheModulesToNss) {
  const auto emulation = emulation_of({SoftCard{"/a", {"x"}}, kToken, kToken});
  ASSERT_TRUE(emulation);
  EXPECT_EQ(emulation->database, "/m");
  EXPECT_EQ(emulation->arguments,
            "db=\"sql:/m\" use_hw=removable soft=(vscard1,reader1,CAC,,vscard1:x)");
}

TEST(Emulation, KeepsLibcacardsWordsApart) {
  EmulatedCard card{"use_hw=no db=\"sql:/a\"", {"id", "sign"}};
  EXPECT_EQ(emulation_of({card})->arguments,
            "use_hw=no db=\"sql:/a\" soft=(,Virtual Reader,CAC,,id,sign)");
  card.arguments = "db=\"sql:/a\" use_hw=no";
  EXPECT_EQ(emulation_of({card})->arguments,
            "db=\"sql:/a\" use_hw=no soft=(,Virtual Reader,CAC,,id,sign)");
  card.arguments = "";
  EXPECT_EQ(emulation_of({card})->arguments,
            "db=\"/etc/pki/nssdb\" soft=(,Virtual Reader,CAC,,id,sign)");
  EXPECT_EQ(emulation_of({EmulatedCard{"nssemul", {}}})->arguments, "nssemul");
}

TEST(Emulation, RefusesWhatOneProcessCannotHave) {
  const SoftCard soft{"/a", {}};
  const SoftCard other{"/b", {}};
  EXPECT_FALSE(emulation_of({EmulatedCard{"nssemul", {}}, soft}));
  EXPECT_FALSE(emulation_of({kToken, TokenCard{"/b", std::nullopt}}));
  EXPECT_FALSE(emulation_of({soft, soft}));
  EXPECT_FALSE(emulation_of({soft, other, other}));
}

TEST(Emulation, FindsTheDatabaseInLibcacardsArguments) {
  EXPECT_EQ(database_in("use_hw=no db=\"sql:/a b\" soft=()"), "/a b");
  EXPECT_EQ(database_in("db=\"/a\""), "/a");
  EXPECT_EQ(database_in("db=\"/a"), "/a");
  EXPECT_EQ(database_in("use_hw=no"), std::nullopt);
}

}  // namespace
}  // namespace vscard::cards::libcacard
