#include "inspect/history.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::inspect {
namespace {

constexpr std::size_t kAll = 1'000'000;  ///< bytes

TEST(History, GivesWhatFollowsAPosition) {
  History history;
  EXPECT_EQ(history.after(0, kAll).text, "");
  history.add("a");
  history.add("b");
  EXPECT_EQ(history.after(0, kAll).text, "a\nb\n");
  const History::Part part = history.after(1, kAll);
  EXPECT_EQ(part.text, "b\n");
  EXPECT_EQ(part.next, 2U);
  EXPECT_EQ(history.after(2, kAll).text, "");
  EXPECT_EQ(history.after(99, kAll).next, 2U) << "a page of another program's";
}

TEST(History, GivesPartsOfWholeLines) {
  History history;
  for (const char* line : {"one", "two", "three"}) history.add(line);
  History::Part part = history.after(0, 8);
  EXPECT_EQ(part.text, "one\ntwo\n");
  part = history.after(part.next, 1);
  EXPECT_EQ(part.text, "three\n") << "one at least";
}

TEST(History, TellsASlowPageWhatItHasMissed) {
  History history({.lines = 100});
  for (std::size_t i = 0; i < 103; ++i) history.add(std::to_string(i));
  const History::Part part = history.after(1, 4);
  EXPECT_EQ(part.missed, 2U);
  EXPECT_EQ(part.text, "3\n4\n");
  EXPECT_EQ(part.next, 5U);
  EXPECT_EQ(history.after(part.next, 4).missed, 0U);
}

TEST(History, HasALimitOfBytes) {
  History history({.bytes = 1000});
  const std::string half(500, 'x');
  history.add(half);
  history.add(half);
  EXPECT_EQ(history.after(0, 0).missed, 0U);
  history.add("y");
  EXPECT_EQ(history.after(0, 0).missed, 1U);
  history.add(std::string(1001, 'z'));
  EXPECT_EQ(history.after(0, 0).missed, 3U) << "the newest stays, whatever it is";
}

}  // namespace
}  // namespace vscard::inspect
