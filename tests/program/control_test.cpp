#include "program/control.hpp"

#include "program/log.hpp"
#include "program/process.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace vscard::program {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreSplitAtBlanksAndJoinedAgain) {
  EXPECT_EQ(split_words("  insert  'my card'\t1 \r"), (Words{"insert", "my card", "1"}));
  EXPECT_EQ(split_words("a''b '' 'c"), (Words{"ab", "", "c"}));
  EXPECT_EQ(split_words(""), Words{});
  const Words words{"remove", "my card", "", "x"};
  EXPECT_EQ(split_words(join_words(words)), words);
}

TEST(LogLevel, HasANameEach) {
  EXPECT_EQ(log::parse_level("warning"), log::Level::Warning);
  EXPECT_EQ(log::parse_level("off"), log::Level::Off);
  EXPECT_EQ(log::parse_level("loud"), std::nullopt);
}

TEST(PidFile, IsThereWhileItsProcessWantsIt) {
  const test::TempFolder folder;
  const auto path = folder.path() / "pid";
  {
    const auto file = PidFile::write(path);
    ASSERT_TRUE(file) << file.error().text;
    EXPECT_EQ(test::read_file(path), std::to_string(::getpid()) + "\n");
  }
  EXPECT_TRUE(folder.names().empty());
  const auto failed = PidFile::write(folder.path() / "none/pid");
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().text.ends_with("No such file or directory")) << failed.error().text;
}

class Control : public testing::Test {
 protected:
  void SetUp() override {
    const auto opened = server_.open(address_);
    ASSERT_TRUE(opened) << opened.error().text;
    thread_ = std::thread([this] { io_.run(); });
  }
  void TearDown() override {
    asio::post(io_, [this] { server_.close(); });
    thread_.join();
  }

  static Awaitable<CommandResult> handle(Words words) {
    if (words == Words{"fail"}) co_return std::unexpected("it failed");
    if (words == Words{"large"}) co_return std::string(200'000, 'x');
    co_return join_words(words);
  }

  test::TempFolder folder_;
  std::string address_ = "unix:" + (folder_.path() / "control").string();
  asio::io_context io_{1};
  ControlServer server_{io_.get_executor(), handle};
  std::thread thread_;
};

TEST_F(Control, GivesACommandsResult) {
  EXPECT_EQ(control(address_, {"insert", "my card"}), "insert 'my card'");
  EXPECT_EQ(control(address_, {"fail"}).error().text, "it failed");
  EXPECT_EQ(control(address_, {"large"})->size(), 200'000U);
}

TEST_F(Control, IsALineOfTextForAnybody) {
  const auto peer = test::RawSocket::connect_unix(folder_.path() / "control");
  peer.send_hex("6c6973740a");                       // list
  EXPECT_EQ(peer.read_hex(64), "6f6b0a6c6973740a");  // ok, list
}

TEST_F(Control, OutlivesPeersThatMisbehave) {
  const auto path = (folder_.path() / "control").string();
  std::vector<test::RawSocket> silent;
  for (int i = 0; i < 15; ++i) silent.push_back(test::RawSocket::connect_unix(path));
  const auto endless = test::RawSocket::connect_unix(path);
  std::string text;
  for (int i = 0; i < 4096; ++i) text += "61";
  endless.send_hex(text);
  EXPECT_TRUE(endless.ended()) << "a line has its limit";
  EXPECT_EQ(control(address_, {"list"}), "list");
}

TEST_F(Control, TellsThatNobodyIsThere) {
  const auto result = control("unix:" + (folder_.path() / "none").string(), {"list"});
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().text.ends_with("(is the program running, with --control?)"))
      << result.error().text;
}

TEST(ControlAddress, IsOfThisMachine) {
  asio::io_context io(1);
  ControlServer server(io.get_executor(), [](Words) -> Awaitable<CommandResult> { co_return ""; });
  EXPECT_EQ(server.open("tcp://0.0.0.0:0").error().text,
            "the control socket is for this machine alone, not tcp://0.0.0.0:0");
  EXPECT_FALSE(server.open("nonsense"));
}

}  // namespace
}  // namespace vscard::program
