#include "program/watchers.hpp"

#include "program/common_commands.hpp"
#include "program/events.hpp"
#include "tests/program/run_now.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <regex>

namespace vscard::program {
namespace {

using testing::HasSubstr;

/// Queues, and what their readers get of them.
class Queue : public testing::Test {
 protected:
  std::string take(LineQueue& lines) {
    const auto taken = test::run_now(io_, lines.take());
    if (!taken) return "(waits)";
    return taken->value_or("(end)");
  }
  asio::io_context io_{1};
  LineQueue lines_;
};

TEST_F(Queue, GivesItsLinesInOrder) {
  lines_.push("a");
  lines_.push("b");
  EXPECT_EQ(take(lines_), "a\nb\n");
  lines_.push("");
  EXPECT_EQ(take(lines_), "\n");
}

TEST_F(Queue, IsWaitedFor) {
  std::optional<std::string> taken;
  async::spawn(io_.get_executor(), lines_.take(),
               [&taken](std::optional<std::string> got) { taken = std::move(got); });
  io_.poll();
  EXPECT_EQ(taken, std::nullopt);
  lines_.push("late");
  io_.poll();
  EXPECT_EQ(taken, "late\n");
}

TEST_F(Queue, EndsAfterItsLines) {
  bool ended = false;
  async::spawn(io_.get_executor(), lines_.wait_closed(), [&ended] { ended = true; });
  io_.poll();
  EXPECT_FALSE(ended);
  lines_.push("last");
  lines_.close();
  lines_.push("too late");
  EXPECT_EQ(take(lines_), "last\n");
  EXPECT_EQ(take(lines_), "(end)");
  EXPECT_EQ(take(lines_), "(end)");
  EXPECT_TRUE(ended);
}

TEST_F(Queue, CountsWhatDoesNotFit) {
  const std::string half(LineQueue::kMaxQueued / 2 - 1, 'x');
  lines_.push(half);
  lines_.push(half);
  lines_.push("");
  lines_.push("even if it is short, for the order");
  EXPECT_EQ(take(lines_), half + "\n" + half + "\n");
  lines_.push("still");
  EXPECT_EQ(take(lines_), "{\"event\":\"dropped\",\"count\":3}\n");
  lines_.push("again");
  EXPECT_EQ(take(lines_), "again\n");
}

TEST_F(Queue, TellsWhatItDroppedBeforeItsEnd) {
  lines_.push(std::string(LineQueue::kMaxQueued, 'x'));
  lines_.close();
  EXPECT_EQ(take(lines_), "{\"event\":\"dropped\",\"count\":1}\n");
  EXPECT_EQ(take(lines_), "(end)");
}

TEST_F(Queue, HasItsWholeLimitBesideTheFirstLines) {
  const std::string first = std::string(3 * LineQueue::kMaxQueued, 'f') + "\n";
  LineQueue lines(first);
  const std::string most(LineQueue::kMaxQueued - 1, 'x');
  lines.push(most);
  lines.push("");
  EXPECT_EQ(take(lines), first + most + "\n");
  EXPECT_EQ(take(lines), "{\"event\":\"dropped\",\"count\":1}\n");
  lines.push(most + "x");
  EXPECT_EQ(take(lines), "{\"event\":\"dropped\",\"count\":1}\n") << "the first lines are taken";
}

class Watching : public Queue {
 protected:
  void publish(const char* text) {
    watchers_.publish([&] { return ++made_, Json(text); });
  }
  void publish_apdu(const char* text) {
    watchers_.publish_apdu([&] { return ++made_, Json(text); });
  }
  Watchers watchers_;
  int made_ = 0;  ///< events
};

TEST_F(Watching, MakesNoEventForNobody) {
  publish("a");
  publish_apdu("b");
  EXPECT_EQ(made_, 0);
  const auto changes = watchers_.add(Detail::Changes);
  publish_apdu("b");
  EXPECT_EQ(made_, 0);
  publish("a");
  EXPECT_EQ(made_, 1);
}

TEST_F(Watching, GivesEverybodyWhatTheyAskedFor) {
  const auto changes = watchers_.add(Detail::Changes);
  const auto all = watchers_.add(Detail::Apdus);
  publish("change");
  publish_apdu("apdu");
  EXPECT_EQ(made_, 2) << "once for all";
  EXPECT_EQ(take(**changes), "\"change\"\n");
  EXPECT_EQ(take(**changes), "(waits)");
  EXPECT_EQ(take(**all), "\"change\"\n\"apdu\"\n");
}

struct Listener final : ApduTap {
  explicit Listener(Watchers& watchers) : watchers_(watchers) { watchers_.add_tap(*this); }
  void see(const TappedApdu& /*apdu*/) override {}
  void hear(const std::string& event) override {
    heard.push_back(event);
    if (heard.size() == 2) watchers_.remove_tap(*this);
  }
  Watchers& watchers_;
  std::vector<std::string> heard;
};

TEST_F(Watching, TellsTapsOfEventsUntilTheyHaveEnough) {
  const Listener first(watchers_);
  const Listener second(watchers_);
  publish("a");
  watchers_.pass_on("of another program");
  publish("c");
  EXPECT_EQ(made_, 1) << "nobody hears the last one";
  EXPECT_THAT(first.heard, testing::ElementsAre("\"a\"", "of another program"));
  EXPECT_EQ(second.heard, first.heard);
}

TEST_F(Watching, GivesBytesAsTapsSeeThem) {
  const auto all = watchers_.add(Detail::Apdus);
  EXPECT_FALSE(watchers_.tapped());
  const auto bytes = watchers_.add(Detail::Bytes);
  EXPECT_TRUE(watchers_.tapped());
  publish("change");
  publish_apdu("apdu");
  using What = TappedApdu::What;
  const auto show = [this](What what, const protocol::iso7816::BlankedApdu& message) {
    watchers_.show({.about = "card", .name = "a", .by = {}, .what = what, .message = message});
  };
  const std::vector<std::uint8_t> command{0x00, 0x20, 0x00, 0x80, 0x02, 0, 0};
  const std::vector<std::uint8_t> response{0x90, 0x00};
  show(What::Command, {.bytes = command, .blank_begin = 5, .blank_size = 2});
  show(What::Response, {.bytes = response});
  show(What::NoAnswer, {});
  const std::string taken =
      std::regex_replace(take(**bytes), std::regex(R"("time":[0-9.]+)"), R"("time":0)");
  EXPECT_EQ(taken,
            "\"change\"\n"
            R"({"event":"apdu","time":0,"card":"a","command":"00200080020000",)"
            R"("blank":{"from":5,"bytes":2}})"
            "\n"
            R"({"event":"apdu","time":0,"card":"a","response":"9000"})"
            "\n"
            R"({"event":"apdu","time":0,"card":"a","response":null})"
            "\n");
  EXPECT_EQ(take(**all), "\"change\"\n\"apdu\"\n");
  (*bytes)->close();
  publish("change");
  EXPECT_FALSE(watchers_.tapped());
}

TEST_F(Watching, AsksOthersForTheSame) {
  for (const Detail detail : {Detail::Changes, Detail::Apdus, Detail::Bytes}) {
    std::optional<Detail> asked;
    const CommandTable table({watch_command([&asked](Detail it) -> Result<Lines> {
      asked = it;
      return std::unexpected("enough");
    })});
    const Words words = words_of(detail);
    test::run_now(io_, table.run(words));
    EXPECT_EQ(asked, detail);
  }
}

TEST_F(Watching, ForgetsWatchersThatHaveGone) {
  auto dropped = watchers_.add(Detail::Apdus);
  const auto closed = watchers_.add(Detail::Apdus);
  dropped = {};
  (*closed)->close();
  publish("a");
  publish_apdu("b");
  const int made = made_;
  publish("a");
  publish_apdu("b");
  EXPECT_EQ(made_, made);
}

TEST_F(Watching, HasALimitOfWatchers) {
  std::vector<Lines> all;
  for (std::size_t i = 0; i < Watchers::kMaxWatchers; ++i) {
    all.push_back(*watchers_.add(Detail::Changes));
  }
  EXPECT_EQ(watchers_.add(Detail::Changes).error(),
            "8 programs are watching already, and no more can");
  all.front()->close();
  EXPECT_TRUE(watchers_.add(Detail::Changes));
}

TEST_F(Watching, EndsAllAtTheProgramsEnd) {
  const auto lines = watchers_.add(Detail::Changes);
  publish("last");
  watchers_.close();
  EXPECT_EQ(take(**lines), "\"last\"\n");
  EXPECT_EQ(take(**lines), "(end)");
}

TEST_F(Watching, BeginsWithWhatThereIs) {
  const CommandTable table(
      {watch_command(watchers_, [] { return std::vector<Json>{"one", "two"}; })});
  const Words words{"watch", "--apdus"};
  const auto answer = test::run_now(io_, table.run(words));
  const Lines lines = std::get<Lines>(answer->value());
  publish("three");
  publish_apdu("four");
  EXPECT_EQ(take(*lines), "\"one\"\n\"two\"\n\"three\"\n\"four\"\n");
}

TEST_F(Watching, BeginsWithAllThatThereIs) {
  std::vector<Json> present;
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    const std::string reader = "reader-" + std::to_string(i);
    const std::string link = "unix:/run/vscard/" + reader + ".sock";
    present.push_back(reader_event({"reader", reader}, "added"));
    present.push_back(card_event({"reader", reader}, "absent", std::nullopt));
    present.push_back(remote_event({"reader", reader}, "client", link, std::nullopt));
    present.push_back(remote_event({"reader", reader}, "guest", link, std::nullopt));
  }
  for (const Json& event : present) expected += event.text() + "\n";
  ASSERT_GT(expected.size(), LineQueue::kMaxQueued);
  const CommandTable table({watch_command(watchers_, [&present] { return present; })});
  const Words words{"watch"};
  const auto answer = test::run_now(io_, table.run(words));
  const Lines lines = std::get<Lines>(answer->value());
  publish("change");
  EXPECT_EQ(take(*lines), expected + "\"change\"\n");
  EXPECT_EQ(take(*lines), "(waits)");
}

/// The members but the time, which has to be there.
nlohmann::json members(const Json& event) {
  auto read = nlohmann::json::parse(event.text());
  EXPECT_GT(read.at("time"), 1.7e9) << "seconds since 1970";
  EXPECT_THAT(event.text(), testing::StartsWith(R"({"event":")"));
  read.erase("time");
  return read;
}

TEST(Events, SayWhatHappenedToWhat) {
  using nlohmann::json;
  const auto atr = protocol::iso7816::Atr::parse(std::vector<std::uint8_t>{0x3b, 0x80, 0x01, 0x81});
  ASSERT_TRUE(atr);
  EXPECT_EQ(members(reader_event({"reader", "a"}, "added", {{"card", "soft"}})),
            (json{{"event", "reader"}, {"reader", "a"}, {"state", "added"}, {"card", "soft"}}));
  EXPECT_EQ(
      members(card_event({"card", "soft"}, "inserted", *atr)),
      (json{{"event", "card"}, {"card", "soft"}, {"state", "inserted"}, {"atr", "3b800181"}}));
  EXPECT_EQ(members(card_event({"card", "soft"}, "absent", std::nullopt)),
            (json{{"event", "card"}, {"card", "soft"}, {"state", "absent"}, {"atr", nullptr}}));
  EXPECT_EQ(members(remote_event({"reader", "a"}, "client", "unix:/a", "unix:/a")),
            (json{{"event", "remote"},
                  {"reader", "a"},
                  {"role", "client"},
                  {"link", "unix:/a"},
                  {"remote", "unix:/a"}}));
}

TEST(Events, ShowApdusWithoutSecrets) {
  const std::vector<std::uint8_t> verify{0x00, 0x20, 0x00, 0x00, 0x04, 0x31, 0x32, 0x33, 0x34};
  const std::vector<std::uint8_t> response{0x53, 0x54, 0x90, 0x00};
  const std::string command = command_event({"card", "soft"}, verify).text();
  EXPECT_THAT(command, HasSubstr(R"("command":"00 20 00 00, then 5 bytes not shown")"));
  EXPECT_THAT(response_event({"card", "soft"}, response).text(),
              HasSubstr(R"("response":"90 00, 2 bytes of data")"));
  EXPECT_THAT(response_event({"card", "soft"}, std::nullopt).text(),
              HasSubstr(R"("response":null)"));
}

TEST(Events, AreReadByTheProgramsThatPassThemOn) {
  EXPECT_TRUE(is_remote_event(remote_event({"card", "a"}, "host", "unix:/a", "unix:/a").text()));
  EXPECT_FALSE(is_remote_event(card_event({"card", "a"}, "absent", std::nullopt).text()));
  EXPECT_FALSE(is_remote_event(dropped_event(1).text()));
  const std::string tricky = R"("state":"absent")";
  EXPECT_EQ(find_state(card_event({"card", tricky}, "gone", std::nullopt).text()), "gone");
  EXPECT_EQ(find_state(reader_event({"reader", "a"}, "added").text()), "added");
  EXPECT_EQ(find_state(Json::array({Json::object({{"card", tricky}})}).text()), std::nullopt);
  EXPECT_EQ(find_state(R"({"state":"cut o)"), "cut o");
}

TEST(Events, AreReadByThoseWhoTellOfFaults) {
  const Json command = fault_event({"card", "a \"b\""}, "sw:6982@ins=87", {"command", "0087079a"});
  const auto hit = read_fault(command.text());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->about, R"(a \"b\")");
  EXPECT_EQ(hit->text, "fault sw:6982@ins=87 hits the command 0087079a");
  const Json atr = fault_event({"card", "a"}, "atr:3b800181", {"atr", "3b00"});
  EXPECT_EQ(read_fault(atr.text())->text, "fault atr:3b800181 in place of the ATR 3b00");
  EXPECT_FALSE(read_fault(dropped_event(1).text()));
  EXPECT_TRUE(read_fault(R"({"event":"fault",)")) << "cut off";
  EXPECT_TRUE(read_fault(R"({"event":"fault","card":"a\)"));
}

}  // namespace
}  // namespace vscard::program
