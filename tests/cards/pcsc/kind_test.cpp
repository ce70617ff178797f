#include "cards/pcsc/kind.hpp"

#include "cards/kinds.hpp"
#include "cards/pcsc/options.hpp"

#include <gtest/gtest.h>

namespace vscard::cards::pcsc {
namespace {

Options options(std::string_view text) { return options_of(parse_card_spec(text).value()); }

std::string refusal(std::string_view text) {
  const auto parsed = parse_card_spec(text);
  return parsed ? "" : parsed.error().text;
}

TEST(PcscKind, NamesAReader) {
  EXPECT_EQ(options("pcsc"), Options{});
  EXPECT_EQ(
      options("pcsc:reader=Yubi*,share=exclusive,hold=30,name=key"),
      (Options{.reader = "Yubi*", .share = Share::Exclusive, .hold = std::chrono::seconds(30)}));
  EXPECT_EQ(options("pcsc,share=shared"), options("pcsc:hold=0"));
}

TEST(PcscKind, RefusesWhatItCannotBe) {
  EXPECT_EQ(refusal("pcsc:slot=a"),
            "--card pcsc has no key 'slot'; there are reader, share, hold, name, record, "
            "record-secrets, fault and delay");
  EXPECT_EQ(refusal("pcsc:share=mine"), "--card pcsc: share= is shared or exclusive, not 'mine'");
  for (const char* hold : {"", "-1", "31", "1s", "99999999999"}) {
    EXPECT_EQ(
        refusal(std::string("pcsc:hold=") + hold),
        "--card pcsc: hold= is a number of seconds from 0 to 30, not '" + std::string(hold) + "'");
  }
}

TEST(PcscKind, MayBeOutOfItsReader) {
  EXPECT_EQ(kPcsc.stem, "pcsc");
  EXPECT_EQ(kPcsc.presence, Kind::Presence::WhenInserted);
}

}  // namespace
}  // namespace vscard::cards::pcsc
