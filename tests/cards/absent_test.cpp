// What --card says in a build without the libraries.

#include "cards/kinds.hpp"
#include "cards/pcsc/library.hpp"
#include "cards/table.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards {
namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_card_spec(text);
  return parsed ? "" : parsed.error().text;
}

TEST(AbsentCards, AreKnownByName) {
  for (const char* text : {"soft", "soft:db=/a", "nss:db=/a", "libcacard:x"}) {
    const std::string name = std::string(text).substr(0, std::string(text).find(':'));
    EXPECT_EQ(refusal(text),
              "this build has no card '" + name + "': it was configured with VSCARD_LIBCACARD=OFF");
  }
  EXPECT_EQ(refusal("pcsc:reader=a"),
            "this build has no card 'pcsc': it was configured with VSCARD_PCSC=OFF");
  EXPECT_THAT(refusal("hard"),
              testing::StartsWith("unknown card 'hard'; there are soft:p12=FILE, "));
  EXPECT_TRUE(parse_card_spec("soft:p12=file"));
}

TEST(AbsentCards, AreNotOpened) {
  asio::io_context io;
  for (const KindEntry& entry : kTable) {
    if (entry.kind->lacks.empty()) continue;
    if (entry.open == nullptr) {
      EXPECT_FALSE(entry.become({}, {.tell = {}, .warn = {}}));
    } else {
      EXPECT_FALSE(entry.open(io.get_executor(), {}, {.tell = {}, .warn = {}}));
    }
  }
}

TEST(AbsentPcsc, HasNoReadersToList) {
  EXPECT_EQ(pcsc::list_readers().error().text,
            "this build has no PC/SC: it was configured with VSCARD_PCSC=OFF");
}

}  // namespace
}  // namespace vscard::cards
