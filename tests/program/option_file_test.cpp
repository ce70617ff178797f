#include "program/option_file.hpp"

#include "program/command_line.hpp"
#include "program/log.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace vscard::program {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OptionFiles : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    std::ofstream(file_) << text;
    return file_;
  }
  Result<Words> read(const std::string& text) {
    return read_option_file(write(text), [](const std::string& name) { return name != "--odd"; });
  }
  std::string refused(const std::string& text) {
    const auto words = read(text);
    return words ? "" : words.error().text;
  }

  const test::TempFolder folder_;
  const std::string file_ = folder_.path() / "a.conf";
};

TEST_F(OptionFiles, AreWordsOfACommandLine) {
  const auto words = read(
      "# a card\n"
      "\n"
      "vsc = connect:unix:/run/a.sock,mode=0660\n"
      "  card=soft:db=\"/my cards\",cert=# 1 = me  \t\r\n"
      "no-reconnect\n"
      "pid-file =\n"
      "vsc = last");
  ASSERT_TRUE(words) << words.error().text;
  EXPECT_THAT(*words, ElementsAre("--vsc=connect:unix:/run/a.sock,mode=0660",
                                  "--card=soft:db=\"/my cards\",cert=# 1 = me", "--no-reconnect",
                                  "--pid-file=", "--vsc=last"));
}

TEST_F(OptionFiles, NameTheLineThatIsWrong) {
  EXPECT_EQ(refused("vsc = a\nodd = b\n"),
            file_ +
                ":2: there is no option --odd: a line is 'OPTION = VALUE' or 'OPTION', as in "
                "--help");
  EXPECT_EQ(refused("\n\nconfig = b\n"), file_ + ":3: a file cannot name another one");
  EXPECT_EQ(read_option_file("/nowhere", nullptr).error().text,
            "cannot open /nowhere: No such file or directory");
  EXPECT_EQ(read_option_file(folder_.path(), nullptr).error().text,
            folder_.path().string() + ": Is a directory");
  EXPECT_EQ(read_option_file("/dev/zero", nullptr).error().text,
            "/dev/zero: the file is too large");
}

class ConfigOption : public OptionFiles {
 protected:
  ConfigOption() {
    log::start("tool");
    parser_.add({.name = "--first", .into = &ordered_, .text = "in order"});
    parser_.add({.name = "--second", .into = &ordered_, .text = "in order"});
    parser_.add({.name = "--once", .into = &once_, .text = "not repeated"});
    parser_.add_config_option();
  }
  std::optional<int> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "tool");
    return parser_.parse(static_cast<int>(words.size()), words.data());
  }
  std::string refused(const std::vector<const char*>& words) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(parse(words), 2);
    return testing::internal::GetCapturedStderr();
  }

  std::vector<OptionWord> ordered_;
  std::string once_;
  CommandLineParser parser_{"tool", "What it is for.", ""};
};

TEST_F(ConfigOption, StandsForTheOptionsInItsFile) {
  write("second = 2\nfirst = 3\nonce = x");
  EXPECT_EQ(parse({"--first", "1", "--config", file_.c_str(), "--second", "4"}), std::nullopt);
  std::string all;
  for (const auto& [option, value] : ordered_) all += option + value + " ";
  EXPECT_EQ(all, "--first1 --second2 --first3 --second4 ");
  EXPECT_EQ(once_, "x");
  EXPECT_EQ(parse({("--config=" + file_).c_str()}), std::nullopt);
}

TEST_F(ConfigOption, HasALineForWhatIsWrong) {
  write("once = x\n");
  const char* file = file_.c_str();
  EXPECT_THAT(refused({"--config", file, "--once", "y"}), HasSubstr("--once"));
  EXPECT_THAT(refused({"--config", file, "--config", file}), HasSubstr("may stand there once"));
  EXPECT_THAT(refused({"--config"}), HasSubstr("--config needs a file"));
  EXPECT_THAT(refused({"--config", "/nowhere"}), HasSubstr("error: cannot open /nowhere: No such"));
  write("once = x\nfourth\n");
  EXPECT_THAT(refused({"--config", file}), HasSubstr(file_ + ":2: there is no option --fourth"));
}

}  // namespace
}  // namespace vscard::program
