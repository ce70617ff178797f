// Lines of the log as a user, a journal or a terminal gets them.

#include "program/log.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace vscard::program::log {
namespace {

/// What is printed at this level when `write` is called.
template <class Write>
std::string printed(Level level, Write write) {
  testing::internal::CaptureStderr();
  start("vscclient");
  set_level(level);
  write();
  return testing::internal::GetCapturedStderr();
}

void write_all() {
  trace("1");
  debug("2");
  info("3");
  warning("4");
  error("5");
}

TEST(Log, NamesItsLevels) {
  const std::pair<const char*, Level> kNames[] = {
      {"trace", Level::Trace},     {"debug", Level::Debug}, {"info", Level::Info},
      {"warning", Level::Warning}, {"error", Level::Error}, {"off", Level::Off},
  };
  for (const auto& [name, level] : kNames) {
    EXPECT_EQ(parse_level(name), level) << name;
    EXPECT_EQ(name_of(level), name);
  }
  for (const char* other : {"", "warn", "Info", "info ", "0"}) {
    EXPECT_EQ(parse_level(other), std::nullopt) << other;
  }
}

TEST(Log, PrintsWhatIsAsImportantAsWasAskedFor) {
  const std::string all =
      "vscclient: trace: 1\nvscclient: debug: 2\nvscclient: 3\nvscclient: warning: 4\n"
      "vscclient: error: 5\n";
  EXPECT_EQ(printed(Level::Trace, write_all), all);
  EXPECT_EQ(printed(Level::Info, write_all), all.substr(all.find("vscclient: 3")));
  EXPECT_EQ(printed(Level::Error, write_all), "vscclient: error: 5\n");
  EXPECT_EQ(printed(Level::Off, write_all), "");
}

TEST(Log, StartsWithInfo) {
  testing::internal::CaptureStderr();
  start("vscclient");
  write_all();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "vscclient: 3\nvscclient: warning: 4\nvscclient: error: 5\n");
}

// A peer chooses the names of readers, and an error's text: they must not move the cursor, colour
// the terminal or begin a line.
TEST(Log, ShowsControlCharactersAsQuestionMarks) {
  const std::string name("a\nb\rc\td\x1b[31me\x7f\0f", 16);
  EXPECT_EQ(printed(Level::Info, [&] { info("reader '{}'", name); }),
            "vscclient: reader 'a?b?c?d?[31me??f'\n");
  EXPECT_EQ(printed(Level::Info, [] { info("{}", "Schlüssel €"); }), "vscclient: Schlüssel €\n");
}

// The journal of systemd knows when.
TEST(Log, ShowsTheTimeIfNobodyElseDoes) {
  const auto line = [] {
    return printed(Level::Info, [] {
      show_times();
      info("now");
    });
  };
  EXPECT_THAT(line(), testing::MatchesRegex("....-..-.. ..:..:..\\.... vscclient: now\n"));
  ::setenv("JOURNAL_STREAM", "1:2", 1);
  EXPECT_THAT(line(), testing::MatchesRegex("....-..-.. .*")) << "it is another descriptor's";
  testing::internal::CaptureStderr();
  struct stat errors{};
  ASSERT_EQ(::fstat(STDERR_FILENO, &errors), 0);
  ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", errors.st_dev, errors.st_ino).c_str(), 1);
  start("vscclient");
  show_times();
  info("now");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "vscclient: now\n");
  ::unsetenv("JOURNAL_STREAM");
}

TEST(Log, TakesBracesOfAPeersAsTheyAre) {
  EXPECT_EQ(printed(Level::Info, [] { warning("{}", "100 % {} {0} %n"); }),
            "vscclient: warning: 100 % {} {0} %n\n");
}

}  // namespace
}  // namespace vscard::program::log
