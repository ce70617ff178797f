// Commands for cards that several programs serve, which are played here.

#include "pcsc-bridge/run/card_clients.hpp"

#include "async/spawn.hpp"
#include "pcsc-bridge/run/client_process.hpp"
#include "program/control_server.hpp"
#include "program/status.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace vscard::pcsc_bridge::run {
namespace {

using program::Json;
using program::Words;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ResultOf;

/// A vscclient's control socket, and what was asked of it.
class PlayedClient {
 public:
  PlayedClient(const asio::any_io_executor& executor, const std::string& address)
      : server_(executor, table_) {
    EXPECT_TRUE(server_.open(address));
  }
  void end() { server_.close(); }
  /// To all who watch it.
  void publish(const std::string& event) {
    for (const auto& lines : watching_) lines->push(event);
  }

  std::string state = "inserted";
  Words asked;

 private:
  program::Command moved(const std::string& name, const std::string& to) {
    const auto run = [this, name, to](const Words& words) -> Result<std::string> {
      asked.push_back(program::join_words(words));
      if (state == to) return std::unexpected("it is " + to + " already");
      state = to;
      return "";
    };
    return {.name = name, .usage = "[CARD]", .text = "it", .run = run};
  }
  program::Command faulted() {
    const auto run = [this](const Words& words) -> Result<std::string> {
      asked.push_back(program::join_words(words));
      return "";
    };
    return {.name = "fault", .usage = "[FAULT]... [--clear]", .text = "it", .run = run};
  }
  Result<program::Lines> watch(program::Detail detail) {
    asked.emplace_back(detail == program::Detail::Apdus ? "watch --apdus" : "watch");
    watching_.push_back(std::make_shared<program::LineQueue>());
    return watching_.back();
  }
  std::vector<program::StatusReport> status() const {
    return {{.subject = "card it: " + state, .facts = {{"host", "a"}}, .missing = {}}};
  }
  std::vector<program::ListRow> list() const {
    return {{.json = Json::object({{"card", R"(a "state":"x" b)"}, {"state", state}}), .text = ""}};
  }

  std::vector<program::Lines> watching_;
  program::CommandTable table_{std::vector<program::Command>{
      moved("insert", "inserted"), moved("remove", "removed"), faulted(),
      program::list_command("it", [this] { return list(); }),
      program::status_command("it", [this] { return status(); }),
      program::watch_command([this](program::Detail detail) { return watch(detail); })}};
  program::ControlServer server_;
};

class CardControlTest : public testing::Test {
 protected:
  CardControlTest() {
    for (const char* card : {"soft", "token"}) {
      const std::string control = "unix:" + (folder_.path() / card).string();
      played_.emplace_back(io_.get_executor(), control);
      clients_.push_back(
          std::make_unique<ClientProcess>(card, std::string("vscard ") + card, control));
    }
  }
  ~CardControlTest() override {
    for (PlayedClient& client : played_) client.end();
    io_.restart();
    io_.run_for(std::chrono::milliseconds(1));
  }

  /// The answer's text, or "error: " and why.
  std::string run(Words words) {
    std::optional<std::string> text;
    async::spawn(io_.get_executor(), control_.table().run(std::move(words)),
                 [&text](Result<program::Answer> answer) {
                   text = answer ? std::get<std::string>(*answer) : "error: " + answer.error().text;
                 });
    while (!text) io_.run_one();
    return *text;
  }
  program::Lines watch(Words words) {
    std::optional<program::Lines> lines;
    async::spawn(io_.get_executor(), control_.table().run(std::move(words)),
                 [&lines](Result<program::Answer> answer) {
                   lines = std::get<program::Lines>(answer.value());
                 });
    while (!lines) io_.run_one();
    return *lines;
  }
  /// The next lines, of which there must be some.
  std::string take(const program::Lines& lines) {
    std::optional<std::string> taken;
    async::spawn(io_.get_executor(), lines->take(),
                 [&taken](std::optional<std::string> got) { taken = got.value_or("(end)"); });
    while (!taken) io_.run_one();
    return *taken;
  }

  test::TempFolder folder_;
  asio::io_context io_{1};
  // The servers need not have anything to do.
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  std::deque<PlayedClient> played_;
  CardClients clients_;
  CardControl control_{clients_, io_.get_executor()};
};

TEST_F(CardControlTest, MovesTheCardThatIsNamed) {
  EXPECT_EQ(run({"remove", "token"}), "");
  EXPECT_EQ(run({"remove", "0"}), "");
  EXPECT_EQ(run({"insert"}), "") << "the first";
  EXPECT_THAT(played_[0].asked, testing::SizeIs(2));
  EXPECT_THAT(played_[1].asked, testing::SizeIs(1));
  EXPECT_EQ(played_[0].state, "inserted");
  EXPECT_EQ(played_[1].state, "removed");
}

TEST_F(CardControlTest, GivesFaultsToTheCardThatIsNamed) {
  EXPECT_EQ(run({"fault", "token", "mute", "slow:1s"}), "");
  EXPECT_EQ(run({"fault", "--clear"}), "");
  EXPECT_EQ(run({"fault", "tokem", "mute"}), "") << "which the client does not understand";
  EXPECT_THAT(played_[1].asked, ElementsAre("mute slow:1s"));
  EXPECT_THAT(played_[0].asked, ElementsAre("--clear", "tokem mute"));
}

TEST_F(CardControlTest, TellsWhyACardIsNotMoved) {
  EXPECT_EQ(run({"insert", "token"}), "error: it is inserted already");
  EXPECT_EQ(run({"insert", "hard"}), "error: unknown card 'hard'; list shows the cards");
  EXPECT_EQ(run({"insert", "2"}), "error: unknown card '2'; list shows the cards");
}

TEST_F(CardControlTest, ListsAllCardsAndThoseThatAreGone) {
  played_[0].state = "removed";
  EXPECT_EQ(run({"list"}), "0 soft  removed  vscard soft\n1 token  inserted  vscard token");
  played_[1].end();
  EXPECT_EQ(run({"list"}), "0 soft  removed  vscard soft\n1 token  gone  vscard token");
  EXPECT_EQ(run({"list", "--json"}), R"([{"card":"soft","reader":"vscard soft","state":"removed"},)"
                                     R"({"card":"token","reader":"vscard token","state":"gone"}])");
}

TEST_F(CardControlTest, ForgetsACardWithItsReader) {
  const auto lines = watch({"watch"});
  take(lines);
  control_.lose_reader("vscard soft");
  control_.lose_reader("vscard soft");
  EXPECT_THAT(
      take(lines),
      AllOf(HasSubstr(R"("reader":"vscard soft","state":"removed","card":"soft")"),
            ResultOf([](const std::string& text) { return std::ranges::count(text, '\n'); }, 1)));
  EXPECT_EQ(run({"list"}), "0 token  inserted  vscard token");
  EXPECT_EQ(run({"insert", "soft"}), "error: unknown card 'soft'; list shows the cards");
  EXPECT_EQ(run({"remove"}), "") << "the first that there is";
  EXPECT_EQ(played_[1].state, "removed");
  EXPECT_THAT(run({"status"}), Not(HasSubstr("soft")));
  EXPECT_THAT(take(watch({"watch"})), Not(HasSubstr("soft")));
  control_.lose_reader("vscard token");
  EXPECT_EQ(run({"list"}), "");
  EXPECT_EQ(run({"insert"}), "error: there is no card");
  EXPECT_EQ(run({"fault", "mute"}), "error: there is no card");
}

TEST_F(CardControlTest, TellsTheStatusOfAllCardsAndOfThoseThatAreGone) {
  EXPECT_EQ(run({"status"}),
            "card it: inserted\n  host          a\n  missing       nothing\n"
            "card it: inserted\n  host          a\n  missing       nothing");
  played_[0].end();
  EXPECT_THAT(run({"status"}), testing::AllOf(testing::StartsWith("card soft: gone\n"),
                                              testing::EndsWith("\n  missing       nothing")));
}

TEST_F(CardControlTest, ShowsItsReadersAndWhatItsClientsPublish) {
  const auto lines = watch({"watch", "--apdus"});
  const std::string added = take(lines);
  EXPECT_THAT(added,
              testing::AllOf(HasSubstr(R"("reader":"vscard soft","state":"added","card":"soft")"),
                             HasSubstr(R"("card":"token")")));
  while (played_[0].asked.empty() || played_[1].asked.empty()) io_.run_one();
  EXPECT_THAT(played_[1].asked, ElementsAre("watch --apdus"));
  played_[0].publish(R"({"event":"remote","card":"soft"})");
  played_[0].publish(R"({"event":"card","card":"soft"})");
  EXPECT_EQ(take(lines), "{\"event\":\"card\",\"card\":\"soft\"}\n")
      << "its link is our own matter";
  played_[0].end();
  EXPECT_THAT(take(lines), HasSubstr(R"("card":"soft","state":"gone","atr":null)"));
}

TEST(CardControl, HelpsWithoutClients) {
  const std::string help = CardControl::help();
  for (const char* command :
       {"insert [CARD]", "remove [CARD]", "list [--json]", "status", "watch [--apdus]"}) {
    EXPECT_THAT(help, HasSubstr(command));
  }
}

}  // namespace
}  // namespace vscard::pcsc_bridge::run
