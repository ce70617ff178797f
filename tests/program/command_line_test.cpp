#include "program/command_line.hpp"

#include "program/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::program {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;

/// A command line with an option of each kind, and what became of it.
class CommandLine : public testing::Test {
 protected:
  CommandLine() {
    log::start("tool");
    parser_.add({.name = "--flag", .into = &flag_, .text = "a flag"});
    parser_.add({.name = "--call", .into = [this] { ++calls_; }, .text = "another"});
    parser_.add({.name = "--text", .into = &text_, .text = "a text", .shown = "none"});
    parser_.add({.name = "--file",
                 .into = &file_,
                 .text = "a file",
                 .value = "FILE",
                 .excludes = "--text"});
    parser_.add({.name = "--number",
                 .into = &number_,
                 .text = "a number",
                 .range = Option::Range{.least = 1, .most = 16}});
    parser_.add({.name = "-d", .into = &debug_, .text = "any number", .group = "Others"});
    parser_.add({.name = "--level", .into = &level_, .text = "a word", .choices = {"low", "high"}});
    parser_.add({.name = "--card", .into = &cards_, .text = "repeated", .value = "CARD"});
    parser_.add({.name = "--bad",
                 .into = &bad_,
                 .text = "a list",
                 .choices = {"a", "b", "c"},
                 .separator = ','});
    parser_.add({.name = "--first", .into = &ordered_, .text = "in order"});
    parser_.add({.name = "--second", .into = &ordered_, .text = "in order"});
    parser_.add({.name = "--odd",
                 .into = [](const std::string& value) -> Result<> {
                   if (value == "odd") return {};
                   return std::unexpected("'" + value + "' is even");
                 },
                 .text = "checked by a function"});
    parser_.add({.name = "HOST", .into = &host_, .text = "an argument"});
    parser_.add_version_option();
    parser_.add_usage("tool ctl COMMAND");
  }

  std::optional<int> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "tool");
    return parser_.parse(static_cast<int>(words.size()), words.data());
  }
  std::string output(const std::vector<const char*>& words, int status) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(parse(words), status);
    return testing::internal::GetCapturedStdout();
  }
  std::string refused(const std::vector<const char*>& words) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(parse(words), 2);
    return testing::internal::GetCapturedStderr();
  }

  bool flag_ = false;
  int calls_ = 0;
  std::string text_ = "unchanged";
  std::filesystem::path file_;
  std::size_t number_ = 7;
  int debug_ = -1;
  std::string level_;
  std::vector<std::string> cards_;
  std::vector<std::string> bad_;
  std::vector<OptionWord> ordered_;
  std::string host_;
  CommandLineParser parser_{"tool", "What it is for.", "\nHow it ends."};
};

TEST_F(CommandLine, LeavesAloneWhatIsNotThere) {
  EXPECT_EQ(parse({}), std::nullopt);
  EXPECT_FALSE(flag_);
  EXPECT_EQ(text_, "unchanged");
  EXPECT_EQ(number_, 7U);
  EXPECT_EQ(debug_, -1);
}

TEST_F(CommandLine, SetsWhatItsOptionsPointTo) {
  EXPECT_EQ(parse({"--flag", "--call", "--text", "a b", "--number=16", "-d", "-2", "--level",
                   "high", "vmhost", "--odd", "odd"}),
            std::nullopt);
  EXPECT_TRUE(flag_);
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(text_, "a b");
  EXPECT_EQ(number_, 16U);
  EXPECT_EQ(debug_, -2);
  EXPECT_EQ(level_, "high");
  EXPECT_EQ(host_, "vmhost");
  EXPECT_EQ(parse({"--file", "/a"}), std::nullopt);
  EXPECT_EQ(file_, "/a");
}

TEST_F(CommandLine, RepeatsAndSplits) {
  EXPECT_EQ(parse({"--card", "a,b", "host", "--card", "c", "--bad", "a,b", "--bad", "c"}),
            std::nullopt);
  EXPECT_THAT(cards_, ElementsAre("a,b", "c"));
  EXPECT_THAT(bad_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(host_, "host");
}

TEST_F(CommandLine, KeepsTheOrderOfDifferentOptions) {
  EXPECT_EQ(parse({"--second", "1", "--first", "2", "--flag", "--second", "3"}), std::nullopt);
  ASSERT_EQ(ordered_.size(), 3U);
  const auto is = [this](std::size_t i, const char* option, const char* value) {
    return ordered_[i].option == option && ordered_[i].value == value;
  };
  EXPECT_TRUE(is(0, "--second", "1") && is(1, "--first", "2") && is(2, "--second", "3"));
}

TEST_F(CommandLine, HasALineForWhatIsWrong) {
  const auto line = [](const char* why) {
    return AllOf(HasSubstr(why), testing::EndsWith("(tool --help lists the options)\n"));
  };
  EXPECT_THAT(refused({"--number", "17"}), line("--number: '17' is not a number from 1 to 16"));
  EXPECT_THAT(refused({"--number", "0"}), line("--number: '0' is not a number from 1 to 16"));
  EXPECT_THAT(refused({"--number", "1x"}), line("--number: '1x' is not a number"));
  EXPECT_THAT(refused({"--number", ""}), line("--number: '' is not a number"));
  EXPECT_THAT(refused({"-d", "99999999999"}), line("-d: '99999999999' is not a number"));
  EXPECT_THAT(refused({"--level", "loud"}), line("--level: 'loud' is not one of low, high"));
  EXPECT_THAT(refused({"--bad", "a,x"}), line("--bad: 'x' is not one of a, b, c"));
  EXPECT_THAT(refused({"--odd", "even"}), line("--odd: 'even' is even"));
  EXPECT_THAT(refused({"--text", "a", "--file", "b"}), line("--file"));
  EXPECT_THAT(refused({"--text"}), line("--text"));
  EXPECT_THAT(refused({"--text", "a", "--text", "b"}), line("--text"));
  EXPECT_THAT(refused({"--frobnicate"}), line("--frobnicate"));
  EXPECT_THAT(refused({"host", "more"}), line("more"));
  testing::internal::CaptureStderr();
  EXPECT_EQ(parser_.wrong("no reader"), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), line("no reader"));
}

TEST_F(CommandLine, NeedsWhatIsRequired) {
  std::string folder;
  parser_.add({.name = "folder", .into = &folder, .text = "where", .required = true});
  EXPECT_THAT(refused({"host"}), HasSubstr("folder"));
  EXPECT_EQ(parse({"host", "here"}), std::nullopt);
  EXPECT_EQ(folder, "here");
}

TEST_F(CommandLine, PrintsHelpAndVersion) {
  const std::string help = output({"--help"}, 0);
  EXPECT_THAT(help, testing::StartsWith("What it is for.\nUsage: tool [OPTIONS] [HOST]"));
  EXPECT_THAT(help, HasSubstr("How it ends."));
  EXPECT_THAT(help, ContainsRegex("--text TEXT(=none| .none.)"));  // CLI11 2.3, 2.4
  EXPECT_THAT(help, HasSubstr("--file FILE"));
  EXPECT_THAT(help, HasSubstr("--number NUMBER"));
  EXPECT_THAT(help, HasSubstr("--level {low,high}"));
  EXPECT_THAT(help, HasSubstr("--card CARD ..."));
  EXPECT_THAT(help, HasSubstr("Others:\n  -d NUMBER"));
  EXPECT_THAT(output({"--version"}, 0), testing::StartsWith("tool (vscard) "));
}

}  // namespace
}  // namespace vscard::program
