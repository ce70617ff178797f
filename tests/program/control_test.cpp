#include "async/event.hpp"
#include "async/spawn.hpp"
#include "program/control_client.hpp"
#include "program/control_server.hpp"
#include "program/control_stream.hpp"
#include "program/ctl.hpp"
#include "program/log.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

namespace vscard::program {
namespace {

using testing::HasSubstr;

std::string hex_of(std::string_view text) {
  std::string hex;
  for (const char c : text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) / 16];
    hex += kDigits[static_cast<unsigned char>(c) % 16];
  }
  return hex;
}

std::string text_of(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return text;
}

/// So short that a test may wait for it.
constexpr std::chrono::milliseconds kShort{50};

/// A server in a thread of its own, as in another program.
class Control : public testing::Test {
 protected:
  explicit Control(ControlLimits limits = {}) : limits_(limits) {}
  void SetUp() override {
    log::start("test");
    const auto opened = server_.open(address_);
    ASSERT_TRUE(opened) << opened.error().text;
    thread_ = std::thread([this] { io_.run(); });
  }
  void TearDown() override {
    asio::post(io_, [this] { server_.close(); });
    thread_.join();
  }

  using Text = Result<std::string>;
  static Text echo(const Words& words) { return join_words(words); }
  static Text fail(const Words& /*words*/) { return std::unexpected("it failed"); }
  static Text large(const Words& /*words*/) { return std::string(200'000, 'x'); }
  static Awaitable<Text> later(Words words) { co_return words.front(); }
  static Awaitable<Text> never(Words /*words*/) {
    async::Event event;
    while (true) co_await event.wait();
  }
  Result<Lines> watch(const Words& /*words*/) {
    auto lines = std::make_shared<LineQueue>();
    lines->push("first");
    watching_ = lines;
    return lines;
  }
  Text push(const Words& words) {
    const auto lines = watching_.lock();
    if (!lines || lines->closed()) return std::unexpected("nobody watches");
    if (words.front() == "END") lines->close();
    lines->push(words.front());
    return "";
  }

  test::RawSocket connect() const {
    return test::RawSocket::connect_unix(folder_.path() / "control");
  }
  /// What the server answers to a line, to the end.
  std::string answer_to(std::string_view line) const {
    const auto peer = connect();
    peer.send_hex(hex_of(line));
    return text_of(peer.read_hex(100'000));
  }
  int ctl(Words arguments) const {
    arguments.insert(arguments.begin(), {"--control", address_});
    return ctl_main("tool", "(commands)", arguments);
  }

  test::TempFolder folder_;
  std::string address_ = "unix:" + (folder_.path() / "control").string();
  asio::io_context io_{1};
  std::weak_ptr<LineQueue> watching_;
  CommandTable commands_{{{.name = "echo", .usage = "[WORD]...", .text = "the words", .run = echo},
                          {.name = "fail", .usage = "", .text = "an error", .run = fail},
                          {.name = "large", .usage = "", .text = "much", .run = large},
                          {.name = "later", .usage = "WORD", .text = "waits", .run = later},
                          {.name = "never", .usage = "", .text = "does not end", .run = never},
                          {.name = "watch",
                           .usage = "",
                           .text = "lines",
                           .run = [this](const Words& words) { return watch(words); }},
                          {.name = "push",
                           .usage = "LINE",
                           .text = "a line for watch",
                           .run = [this](const Words& words) { return push(words); }}}};
  ControlLimits limits_;
  ControlServer server_{io_.get_executor(), commands_, limits_};
  std::thread thread_;
};

/// A server that does not wait as long as others.
class ImpatientControl : public Control {
 protected:
  ImpatientControl() : Control({.connections = 2, .patience = kShort}) {}
};

TEST_F(Control, GivesACommandsResult) {
  EXPECT_EQ(control(address_, {"echo", "my card"}), "'my card'");
  EXPECT_EQ(control(address_, {"echo"}), "");
  EXPECT_EQ(control(address_, {"fail"}).error(), "it failed");
  EXPECT_EQ(control(address_, {"large"})->size(), 200'000U);
  EXPECT_EQ(control(address_, {"later", "x"}), "x");
  EXPECT_THAT(*control(address_, {"help"}), HasSubstr("push LINE           a line for watch\n"));
}

TEST_F(Control, CarriesEveryByteOfAWord) {
  for (int first = 0; first < 256; first += 16) {
    std::string word;
    for (int byte = first; byte < first + 16; ++byte) word += static_cast<char>(byte);
    EXPECT_EQ(control(address_, {"later", word}), word) << first;
  }
  EXPECT_EQ(control(address_, {"later", "Bob's card\nand more"}), "Bob's card\nand more");
}

TEST_F(Control, IsALineOfTextForAnybody) {
  EXPECT_EQ(answer_to("echo\n"), "ok\n");
  EXPECT_EQ(answer_to("echo insert 'my card'\r\n"), "ok\ninsert 'my card'\n");
  EXPECT_EQ(answer_to("later 'my card'\nrubbish"), "ok\nmy card\n");
  EXPECT_EQ(answer_to("\n"), "ok\n");
  EXPECT_EQ(answer_to("fail\n"), "error\nit failed\n");
  EXPECT_EQ(answer_to("jump\n"), "error\nunknown command 'jump'; help lists them\n");
}

TEST_F(Control, HasOneLineForWhatIsMalformed) {
  EXPECT_EQ(answer_to("echo 'a\n"),
            "error\na quote is not closed; write an apostrophe as $'\\''\n");
  EXPECT_EQ(answer_to("echo " + std::string(4096 - 6, 'x') + "\n"),
            "ok\n" + std::string(4096 - 6, 'x') + "\n");
  EXPECT_EQ(answer_to("echo " + std::string(4096 - 5, 'x') + "\n"),
            "error\na command has at most 4096 bytes\n");
  const auto peer = connect();
  peer.send_hex(hex_of("insert"));
  peer.finish();
  EXPECT_EQ(peer.read_hex(100), hex_of("error\na command must end with a newline\n"));
}

TEST_F(Control, DoesNotSendACommandThatIsTooLong) {
  EXPECT_EQ(control(address_, {"echo", std::string(4096, 'x')}).error(),
            "a command has at most 4096 bytes");
}

TEST_F(Control, StreamsUntilTheCommandEnds) {
  const auto watcher = connect();
  watcher.send_hex(hex_of("watch\n"));
  EXPECT_EQ(watcher.read_hex(9), hex_of("ok\nfirst\n"));
  EXPECT_EQ(control(address_, {"push", "second"}), "");
  EXPECT_EQ(watcher.read_hex(7), hex_of("second\n"));
  EXPECT_EQ(control(address_, {"push", "END"}), "");
  EXPECT_TRUE(watcher.ended());
}

TEST_F(Control, StreamsUntilTheWatcherCloses) {
  {
    const auto watcher = connect();
    watcher.send_hex(hex_of("watch\n"));
    EXPECT_EQ(watcher.read_hex(9), hex_of("ok\nfirst\n"));
    EXPECT_EQ(control(address_, {"push", "a"}), "");
  }
  while (control(address_, {"push", "b"})) {
  }
  EXPECT_EQ(control(address_, {"push", "c"}).error(), "nobody watches");
}

TEST_F(Control, OutlivesPeersThatMisbehave) {
  std::vector<test::RawSocket> silent;
  for (int i = 0; i < 15; ++i) silent.push_back(connect());
  const auto endless = connect();
  endless.send_hex(hex_of(std::string(4096, 'a')));
  EXPECT_EQ(endless.read_hex(100), hex_of("error\na command has at most 4096 bytes\n"));
  EXPECT_EQ(control(address_, {"echo", "list"}), "list");
}

/// With its answer to the end.
std::string text_from(const test::RawSocket& peer) { return text_of(peer.read_hex(100'000)); }

TEST_F(ImpatientControl, TellsASilentClientWhyItCloses) {
  EXPECT_EQ(text_from(connect()), "error\nno command has come within 0.05 s\n");
  const auto slow = connect();
  slow.send_hex(hex_of("echo a"));
  EXPECT_EQ(text_from(slow), "error\nno command has come within 0.05 s\n");
}

TEST_F(ImpatientControl, TellsThatACommandDoesNotEnd) {
  EXPECT_EQ(control(address_, {"never"}).error(), "the command has not ended within 0.05 s");
}

TEST_F(ImpatientControl, LetsAStreamGoOn) {
  const auto watcher = connect();
  watcher.send_hex(hex_of("watch\n"));
  EXPECT_EQ(watcher.read_hex(9), hex_of("ok\nfirst\n"));
  EXPECT_EQ(text_from(connect()), "error\nno command has come within 0.05 s\n");
  EXPECT_EQ(control(address_, {"push", "second"}), "");
  EXPECT_EQ(watcher.read_hex(7), hex_of("second\n"));
}

TEST_F(ImpatientControl, TellsAClientWhyItHasNoRoomForIt) {
  std::vector<test::RawSocket> watchers;
  for (int i = 0; i < 2; ++i) {
    watchers.push_back(connect());
    watchers.back().send_hex(hex_of("watch\n"));
    EXPECT_EQ(watchers.back().read_hex(9), hex_of("ok\nfirst\n"));
  }
  const std::string full = "2 are connected already, and no more can";
  EXPECT_EQ(control(address_, {"echo"}).error(), full) << "though nobody has read the command";
  EXPECT_EQ(text_from(connect()), "error\n" + full + "\n");
}

TEST_F(Control, TellsThatNobodyIsThere) {
  const auto result = control("unix:" + (folder_.path() / "none").string(), {"list"});
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().text.ends_with("(is the program running?)")) << result.error().text;
}

TEST_F(Control, TellsThatTheOtherProgramIsNotOfVscard) {
  const auto listener = test::RawListener::on_unix(folder_.path() / "other");
  std::thread other([&listener] { listener.accept().send_hex(hex_of("220 hello\n")); });
  EXPECT_EQ(control("unix:" + (folder_.path() / "other").string(), {"list"}).error(),
            "the program at the control socket is not a vscard program");
  other.join();
}

Result<> follow_now(const std::string& address, std::chrono::milliseconds patience) {
  Result<> ended;
  asio::io_context io(1);
  const auto ignore = [](std::string_view) {};
  async::spawn(io.get_executor(), follow(address, {"list"}, ignore, patience),
               [&ended](Result<> result) { ended = std::move(result); });
  io.run();
  return ended;
}

TEST(ControlClient, DoesNotWaitForEverForAConnection) {
  const auto listener = test::RawListener::on_tcp();
  std::vector<test::RawSocket> queued;  // a system leaves one more without an answer
  for (int i = 0; i < 9; ++i) queued.push_back(test::RawSocket::connect_tcp(listener.port()));
  const std::string address = "tcp://127.0.0.1:" + std::to_string(listener.port());
  EXPECT_EQ(follow_now(address, kShort).error(), "no answer from " + address + " within 0.05 s");
}

TEST(ControlClient, DoesNotWaitForEverForAnAnswer) {
  const auto listener = test::RawListener::on_tcp();
  const std::string address = "tcp://127.0.0.1:" + std::to_string(listener.port());
  std::optional<test::RawSocket> other;
  std::thread accepting([&] {
    other = listener.accept();
    other->send_hex(hex_of("error\nand nothing more"));
  });
  EXPECT_EQ(follow_now(address, kShort).error(), "no answer from " + address + " within 0.05 s");
  accepting.join();
}

/// What becomes of an answer with these lines of a MiB, and a last one that is shorter by `less`.
Result<std::string> ask_for(std::size_t lines, std::size_t less) {
  const test::TempFolder folder;
  const auto listener = test::RawListener::on_unix(folder.path() / "other");
  constexpr std::size_t kMiB = std::size_t{1024} * 1024;
  std::thread other([&listener, lines, less] {
    const auto peer = listener.accept();
    EXPECT_EQ(peer.read_hex(5), hex_of("list\n"));
    peer.send_hex(hex_of("ok\n"));
    const std::string line = std::string(kMiB - 1, 'x') + "\n";
    for (std::size_t i = 1; i < lines; ++i) peer.send(bytes_of(line));
    peer.send(bytes_of(std::string_view(line).substr(less)));
  });
  auto answer = control("unix:" + (folder.path() / "other").string(), {"list"});
  other.join();
  return answer;
}

TEST(ControlClient, TakesAnAnswerUpToALimit) {
  EXPECT_EQ(ask_for(16, 1).value().size(), kMaxAnswer - 2) << "a last newline is not of the text";
  EXPECT_EQ(ask_for(16, 0).error(), "the answer is cut off: Message too long");
}

TEST_F(Control, IsUsedByCtl) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(ctl({"echo", "my card"}), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "'my card'\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(ctl({"fail"}), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "test: error: it failed\n");
  testing::internal::CaptureStdout();
  EXPECT_EQ(ctl({"help"}), 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("echo [WORD]..."));
}

/// Without a program that could be asked.
std::string printed(const Words& arguments) {
  ::unsetenv("VSCARD_CONTROL");  // NOLINT(concurrency-mt-unsafe): no thread
  testing::internal::CaptureStdout();
  EXPECT_EQ(ctl_main("tool", "insert [CARD]", arguments), 0);
  return testing::internal::GetCapturedStdout();
}

TEST(Ctl, PrintsItsUsageWithoutARunningProgram) {
  for (const Words& words :
       {Words{"--help"}, Words{"help"}, Words{"--control", "unix:/nowhere", "help"}}) {
    EXPECT_THAT(printed(words), HasSubstr("Usage: tool ctl [--control ADDRESS] COMMAND"));
    EXPECT_THAT(printed(words), HasSubstr("insert [CARD]"));
  }
}

/// Every local user could end the program, and have it make sockets as its user.
TEST(ControlAddress, IsAFileThatHasAMode) {
  asio::io_context io(1);
  const CommandTable none({});
  ControlServer server(io.get_executor(), none);
  for (const char* address : {"tcp://0.0.0.0:0", "tcp://127.0.0.1:0", "unix:@control"}) {
    const auto opened = server.open(address);
    ASSERT_FALSE(opened) << address;
    EXPECT_EQ(opened.error(), "every local user could connect to " + std::string(address) +
                                  "; use a socket file, unix:PATH");
  }
  EXPECT_FALSE(server.open("nonsense"));
}

}  // namespace
}  // namespace vscard::program
