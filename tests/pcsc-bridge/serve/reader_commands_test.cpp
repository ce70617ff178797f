// The names that add-reader and remove-reader take.

#include "pcsc-bridge/serve/reader_commands.hpp"

#include "pcsc-bridge/conf/reader_conf.hpp"
#include "tests/program/run_now.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

class ReaderCommands : public testing::Test {
 protected:
  /// Which reader it was about, or "error: " and why.
  std::string run(program::Words words) {
    named_.clear();
    auto work = table_.run(std::move(words));
    const auto answer = test::run_now(io_, std::move(work)).value();
    return answer ? named_ : "error: " + answer.error().text;
  }

 private:
  asio::io_context io_;
  std::string named_;
  program::CommandTable table_{reader_commands(
      [this](const std::string& name, const auto& /*endpoint*/) -> Result<std::string> {
        named_ = name;
        return "";
      },
      [this](const std::string& name) -> Result<> {
        named_ = name;
        return {};
      })};
};

TEST_F(ReaderCommands, TakeANameAsItWasGivenAndAsListShowsIt) {
  for (const char* command : {"add-reader", "remove-reader"}) {
    EXPECT_EQ(run({command, "bob"}), "vscard bob");
    EXPECT_EQ(run({command, "vscard bob"}), "vscard bob");
    EXPECT_EQ(run({command, "vscard vscard bob"}), "vscard vscard bob");
  }
}

TEST_F(ReaderCommands, RefuseANameThatReadersDoNotHave) {
  const std::string longest(conf::kMaxName, 'x');
  EXPECT_EQ(run({"add-reader", ""}), "error: a reader's name cannot be empty");
  EXPECT_EQ(run({"add-reader", "vscard "}), "error: a reader's name cannot be empty");
  EXPECT_EQ(run({"add-reader", longest}), "vscard " + longest);
  EXPECT_EQ(run({"add-reader", longest + "x"}),
            "error: a reader's name has 100 bytes at most, not 101");
}

}  // namespace
}  // namespace vscard::pcsc_bridge::serve
