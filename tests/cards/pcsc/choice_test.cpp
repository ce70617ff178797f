#include "cards/pcsc/choice.hpp"

#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::pcsc {
namespace {

using testing::ElementsAre;

enum class Slot { Empty, Full };

ReaderState reader(const char* name, Slot slot) {
  ReaderState state;
  state.name = name;
  if (slot == Slot::Full)
    state.atr = protocol::iso7816::Atr::parse(fakes::from_hex("3b00")).value();
  return state;
}

Place place(std::optional<std::string> wanted = std::nullopt) {
  return {.wanted = std::move(wanted), .reader = std::nullopt};
}

/// The readers of the cards, "-" for none.
std::vector<std::string> choose(std::vector<Place> places, const ReaderStates& readers) {
  choose_readers(places, readers);
  std::vector<std::string> names;
  for (const Place& chosen : places) names.push_back(chosen.reader.value_or("-"));
  return names;
}

const ReaderStates kReaders = {
    reader("vscard alice 00 00", Slot::Full), reader("Empty 01 00", Slot::Empty),
    reader("Yubico [CCID] 02 00", Slot::Full), reader("Yubico [CCID] 03 00", Slot::Full)};

TEST(PcscChoice, IsTheFirstReaderWithACardThatIsNotOurOwn) {
  EXPECT_THAT(choose({place()}, kReaders), ElementsAre("Yubico [CCID] 02 00"));
  EXPECT_THAT(choose({place()}, {kReaders[0], kReaders[1]}), ElementsAre("-"));
  EXPECT_THAT(choose({place()}, {}), ElementsAre("-"));
}

TEST(PcscChoice, IsTheFirstOfAPatternThatHasACardAndIsNotOurOwn) {
  EXPECT_THAT(choose({place("Yubico*03*")}, kReaders), ElementsAre("Yubico [CCID] 03 00"));
  EXPECT_THAT(choose({place("Empty*")}, kReaders), ElementsAre("-"));
  EXPECT_THAT(choose({place("vscard*")}, kReaders), ElementsAre("-"));
  EXPECT_THAT(choose({place("* 00")}, kReaders), ElementsAre("Yubico [CCID] 02 00"));
}

TEST(PcscChoice, IsTheReaderOfAnExactNameWhateverItIs) {
  EXPECT_THAT(choose({place("Empty 01 00")}, kReaders), ElementsAre("Empty 01 00"));
  EXPECT_THAT(choose({place("vscard alice 00 00")}, kReaders), ElementsAre("vscard alice 00 00"));
  EXPECT_THAT(choose({place("Yubico [CCID] 03 00")}, kReaders), ElementsAre("Yubico [CCID] 03 00"))
      << "as a pattern the brackets would be one letter";
}

TEST(PcscChoice, GivesAReaderToOneCardAlone) {
  EXPECT_THAT(choose({place(), place(), place()}, kReaders),
              ElementsAre("Yubico [CCID] 02 00", "Yubico [CCID] 03 00", "-"));
  EXPECT_THAT(choose({place(), place("Yub*")}, kReaders),
              ElementsAre("Yubico [CCID] 03 00", "Yubico [CCID] 02 00"))
      << "a card for which any reader does comes last";
  EXPECT_THAT(choose({place("Yub*"), place("Yubico [CCID] 02 00")}, kReaders),
              ElementsAre("Yubico [CCID] 03 00", "Yubico [CCID] 02 00"));
}

TEST(PcscChoice, StaysAsItIs) {
  auto chosen = place();
  chosen.reader = "Gone 00 00";
  EXPECT_THAT(choose({chosen}, kReaders), ElementsAre("Gone 00 00"));
}

}  // namespace
}  // namespace vscard::cards::pcsc
