#include "cards/pcsc/choice.hpp"

#include "cards/kinds.hpp"
#include "cards/pcsc/options.hpp"
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

Place place(std::string_view card) {
  return {.wanted = options_of(parse_card_spec(card).value()).reader, .reader = std::nullopt};
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
  EXPECT_THAT(choose({place("pcsc")}, kReaders), ElementsAre("Yubico [CCID] 02 00"));
  EXPECT_THAT(choose({place("pcsc")}, {kReaders[0], kReaders[1]}), ElementsAre("-"));
  EXPECT_THAT(choose({place("pcsc")}, {}), ElementsAre("-"));
}

TEST(PcscChoice, IsTheFirstOfAPatternThatHasACardAndIsNotOurOwn) {
  EXPECT_THAT(choose({place("pcsc:reader=Yubico*03*")}, kReaders),
              ElementsAre("Yubico [CCID] 03 00"));
  EXPECT_THAT(choose({place("pcsc:reader=Empty*")}, kReaders), ElementsAre("-"));
  EXPECT_THAT(choose({place("pcsc:reader=vscard*")}, kReaders), ElementsAre("-"));
  EXPECT_THAT(choose({place("pcsc:reader=* 00")}, kReaders), ElementsAre("Yubico [CCID] 02 00"));
}

TEST(PcscChoice, IsTheReaderOfAnExactNameWhateverItIs) {
  EXPECT_THAT(choose({place("pcsc:reader=Empty 01 00")}, kReaders), ElementsAre("Empty 01 00"));
  EXPECT_THAT(choose({place("pcsc:reader=vscard alice 00 00")}, kReaders),
              ElementsAre("vscard alice 00 00"));
  EXPECT_THAT(choose({place("pcsc:reader=Yubico [CCID] 03 00")}, kReaders),
              ElementsAre("Yubico [CCID] 03 00"))
      << "as a pattern the brackets would be one letter";
}

TEST(PcscChoice, GivesAReaderToOneCardAlone) {
  EXPECT_THAT(choose({place("pcsc"), place("pcsc"), place("pcsc")}, kReaders),
              ElementsAre("Yubico [CCID] 02 00", "Yubico [CCID] 03 00", "-"));
  EXPECT_THAT(choose({place("pcsc"), place("pcsc:reader=Yub*")}, kReaders),
              ElementsAre("Yubico [CCID] 03 00", "Yubico [CCID] 02 00"))
      << "a card for which any reader does comes last";
  EXPECT_THAT(
      choose({place("pcsc:reader=Yub*"), place("pcsc:reader=Yubico [CCID] 02 00")}, kReaders),
      ElementsAre("Yubico [CCID] 03 00", "Yubico [CCID] 02 00"));
}

TEST(PcscChoice, StaysAsItIs) {
  auto chosen = place("pcsc");
  chosen.reader = "Gone 00 00";
  EXPECT_THAT(choose({chosen}, kReaders), ElementsAre("Gone 00 00"));
}

}  // namespace
}  // namespace vscard::cards::pcsc
