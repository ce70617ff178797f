#include "program/common_commands.hpp"
#include "program/log.hpp"
#include "tests/program/run_now.hpp"

#include <gtest/gtest.h>

namespace vscard::program {
namespace {

using Text = Result<std::string>;

/// A table with a command of each form, and what they were given.
class Table : public testing::Test {
 protected:
  Text run(const Words& words) {
    auto answered = test::run_now(io_, table_.run(words));
    if (!answered) return std::unexpected("no answer yet");
    if (!*answered) return std::unexpected(answered->error());
    if (const auto* text = std::get_if<std::string>(&**answered)) return *text;
    lines_ = std::get<Lines>(**answered);
    return "lines";
  }
  Failure error_of(const Words& words) {
    const Text text = run(words);
    return text ? Failure("no error: " + *text) : text.error();
  }
  Command record(const std::string& name, const std::string& usage) {
    return {.name = name,
            .usage = usage,
            .text = "what " + name + " does",
            .run = [name](const Words& arguments) -> Text {
              return name + "(" + join_words(arguments) + ")";
            }};
  }
  static Awaitable<Text> later(Words arguments) {
    if (arguments.empty()) co_return std::unexpected("it failed");
    co_return "later " + arguments.front();
  }
  static Result<Lines> stream(const Words& arguments) {
    if (!arguments.empty()) return std::unexpected("no lines");
    return std::make_shared<LineQueue>();
  }

  asio::io_context io_{1};
  Lines lines_;
  CommandTable table_{
      {record("none", ""),
       record("one", "NAME"),
       record("maybe", "[NAME]"),
       record("flag", "[--json]"),
       record("mixed", "NAME [--json] [OTHER]"),
       record("many", "NAME [OPTION VALUE]..."),
       {.name = "later", .usage = "[WORD]", .text = "waits", .run = later},
       {.name = "stream", .usage = "[X]", .text = "two\nlines", .run = stream, .alias = "flow"}},
      "Notes."};
};

TEST_F(Table, RunsItsCommandsWithTheirArguments) {
  EXPECT_EQ(run({"none"}), "none()");
  EXPECT_EQ(run({"one", "a b"}), "one('a b')");
  EXPECT_EQ(run({"maybe"}), "maybe()");
  EXPECT_EQ(run({"later", "x"}), "later x");
  EXPECT_EQ(error_of({"later"}), "it failed");
  EXPECT_EQ(run({"stream"}), "lines");
  EXPECT_NE(lines_, nullptr);
  EXPECT_EQ(error_of({"stream", "x"}), "no lines");
  EXPECT_EQ(run({"flow"}), "lines");
}

TEST_F(Table, HasNothingToDoForNoWords) { EXPECT_EQ(run({}), ""); }

TEST_F(Table, SaysWhatACommandTakes) {
  EXPECT_EQ(error_of({"none", "x"}), "usage: none");
  EXPECT_EQ(error_of({"one"}), "usage: one NAME");
  EXPECT_EQ(error_of({"one", "a", "b"}), "usage: one NAME");
  EXPECT_EQ(error_of({"maybe", "a", "b"}), "usage: maybe [NAME]");
  EXPECT_EQ(error_of({"flag", "--jsn"}), "usage: flag [--json]");
  EXPECT_EQ(error_of({"flag", "x"}), "usage: flag [--json]");
  EXPECT_EQ(error_of({"mixed", "--json"}), "usage: mixed NAME [--json] [OTHER]");
  EXPECT_EQ(error_of({"many"}), "usage: many NAME [OPTION VALUE]...");
  EXPECT_EQ(run({"flag", "--json"}), "flag(--json)");
  EXPECT_EQ(run({"mixed", "--json", "a", "b"}), "mixed(--json a b)");
  EXPECT_EQ(run({"many", "a", "b", "c", "d", "e"}), "many(a b c d e)");
}

TEST_F(Table, DoesNotKnowOtherCommands) {
  EXPECT_EQ(error_of({"jump"}), "unknown command 'jump'; help lists them");
  EXPECT_EQ(error_of({""}), "unknown command ''; help lists them");
}

TEST_F(Table, MakesTheHelp) {
  EXPECT_EQ(run({"help"}),
            "none                what none does\n"
            "one NAME            what one does\n"
            "maybe [NAME]        what maybe does\n"
            "flag [--json]       what flag does\n"
            "mixed NAME [--json] [OTHER]\n"
            "                    what mixed does\n"
            "many NAME [OPTION VALUE]...\n"
            "                    what many does\n"
            "later [WORD]        waits\n"
            "stream [X]          two\n"
            "                    lines\n"
            "help                this text\n"
            "Notes.");
  EXPECT_EQ(error_of({"help", "me"}), "usage: help");
}

TEST(ListCommand, ShowsRowsAsTextOrJson) {
  asio::io_context io(1);
  std::vector<ListRow> rows;
  const CommandTable table({list_command("things", [&rows] { return rows; })});
  const auto list = [&](const Words& words) {
    const auto answer = test::run_now(io, table.run(words));
    return std::get<std::string>(answer->value());
  };
  EXPECT_EQ(list({"list"}), "");
  EXPECT_EQ(list({"list", "--json"}), "[]");
  rows = {{.json = Json::object({{"a", 1}}), .text = "a 1"}, {.json = "b", .text = "b"}};
  EXPECT_EQ(list({"list"}), "a 1\nb");
  EXPECT_EQ(list({"list", "--json"}), R"([{"a":1},"b"])");
}

TEST(DebugCommand, TakesNamesAndTheNumbersOfLibcacardsClient) {
  log::start("test");
  asio::io_context io(1);
  const CommandTable table({debug_command()});
  const auto debug = [&](const Words& words) {
    const auto answer = test::run_now(io, table.run(words));
    return *answer ? "" : answer->error().text;
  };
  const std::pair<Words, log::Level> levels[] = {
      {{"debug"}, log::Level::Debug},      {{"debug", "0"}, log::Level::Info},
      {{"debug", "1"}, log::Level::Debug}, {{"debug", "2"}, log::Level::Trace},
      {{"debug", "7"}, log::Level::Trace}, {{"debug", "warning"}, log::Level::Warning}};
  for (const auto& [words, level] : levels) {
    log::set_level(log::Level::Off);
    EXPECT_EQ(debug(words), "");
    EXPECT_TRUE(log::enabled(level)) << words.back();
    EXPECT_TRUE(level == log::Level::Trace ||
                !log::enabled(static_cast<log::Level>(static_cast<int>(level) - 1)))
        << words.back();
  }
  EXPECT_EQ(debug({"debug", "loud"}), "unknown log level 'loud'");
  log::set_level(log::Level::Info);
}

TEST(ExitCommand, LeavesUnderBothNames) {
  asio::io_context io(1);
  int left = 0;
  const CommandTable table({exit_command("leave", [&left] { ++left; })});
  for (const char* name : {"exit", "quit"}) {
    const Words words{name};
    EXPECT_TRUE(test::run_now(io, table.run(words)).has_value());
  }
  EXPECT_EQ(left, 2);
}

TEST(FindNamed, TakesANameOrANumber) {
  const std::vector<std::string> names{"soft", "1", "my card"};
  EXPECT_EQ(find_named(names, "my card", "card"), 2U);
  EXPECT_EQ(find_named(names, "0", "card"), 0U);
  EXPECT_EQ(find_named(names, "1", "card"), 1U) << "the name comes first";
  for (const char* word : {"3", "-1", "0x", ""}) {
    EXPECT_EQ(find_named(names, word, "card").error(),
              std::string("unknown card '") + word + "'; list shows the cards");
  }
}

}  // namespace
}  // namespace vscard::program
