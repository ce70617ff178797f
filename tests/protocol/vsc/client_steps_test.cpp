// A host's conversation with a client, each step of which fails in every way.

#include "tests/fakes/cards.hpp"
#include "tests/fakes/checked_client.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <algorithm>
#include <functional>

namespace vscard::protocol::vsc {
namespace {

using fakes::atr;
using fakes::kAtr;
using fakes::kOtherAtr;
using fakes::Lines;
using test::text_of;

constexpr ReaderId kReader{0};
constexpr std::chrono::milliseconds kShownEmpty{500};  ///< no card after a removal, at least

constexpr std::chrono::seconds kLookAgain{1};  ///< a card at work is looked at

constexpr ReaderId kSecond{1};
constexpr ReaderId kAtHost{7};  ///< … as the host calls it

/// A client, its owner with one reader, or two, and cards that answer when they are told to, and
/// its clock.
class ClientWorld {
 public:
  Lines insert_second() {
    Lines lines = text_of(client_.add_reader(kSecond, "other", now_));
    for (auto& line : text_of(client_.insert_card(kSecond, atr(), now_))) lines.push_back(line);
    return lines;
  }
  Lines respond_second(const std::string& hex) {
    return text_of(client_.respond(kSecond, fakes::secret(hex), now_));
  }
  Lines insert(const std::string& hex = kAtr) {
    Lines lines = text_of(client_.add_reader(kReader, "soft", now_));
    for (auto& line : text_of(client_.insert_card(kReader, atr(hex), now_))) lines.push_back(line);
    return lines;
  }
  Lines reset() { return text_of(client_.reset_card(kReader, atr(), now_)); }
  Lines remove() { return text_of(client_.remove_card(kReader, now_)); }
  Lines respond(const std::string& hex) {
    return text_of(client_.respond(kReader, fakes::secret(hex), now_));
  }
  Lines works() { return text_of(client_.works(kReader, now_)); }
  Lines no_answer() { return text_of(client_.no_answer(kReader, now_)); }

  Lines start() { return connected() ? Lines{} : text_of(client_.start(now_)); }
  Lines receive(vsc::Message message) { return text_of(client_.receive(std::move(message), now_)); }
  void lost() { client_.lost(); }
  Lines leave() { return text_of(client_.leave(now_)); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(client_.expire(now_));
  }

  bool connected() const { return client_.oracle().connected(); }
  bool ended() const { return client_.oracle().ended(); }
  /// The client waits for its host.
  bool waits_for_host() const {
    return connected() && !ended() &&
           (!client_.oracle().greeted() || client_.oracle().requesting());
  }
  bool greeted() const { return client_.oracle().greeted(); }
  int owed_answers() const { return client_.oracle().owed(); }

  std::string wrong() const { return client_.oracle().wrong(); }
  /// Leaves a host that answers each request, unless the client has left already.
  void end() {
    const bool leaves = !ended();
    if (leaves) client_.leave(now_);
    for (int request = 0; request < 8 && !ended(); ++request) {
      receive(test::error(0, kAtHost));
    }
    unanswered_ = leaves && owed_answers() > 0;
  }
  std::string owed() const {
    if (!ended()) return "the end";
    return unanswered_ ? "the answer of a command" : "";
  }
  void begin_again() {
    client_.lost();
    for (const ReaderId reader : {kReader, kSecond}) {
      client_.no_answer(reader, now_);
      client_.remove_card(reader, now_);
    }
  }

 private:
  fakes::CheckedClient client_;
  Time now_{};
  bool unanswered_ = false;
};

using Step = fakes::Step<ClientWorld>;
using Failure = fakes::Failure<ClientWorld>;

Lines succeed(ClientWorld& world) { return world.receive(test::error(0)); }

std::vector<Step> script() {
  return {
      {"a card is in", [](ClientWorld& w) { return w.insert(); }, {}},
      {"the connection", [](ClientWorld& w) { return w.start(); }, {"> Init 0 extension"}},
      {"Init", [](ClientWorld& w) { return w.receive(test::init()); }, {"> ReaderRemove 0"}},
      {"it is removed", succeed, {"> ReaderAdd x 'soft'"}},
      {"it is added", succeed, {"accepted 0"}},
      {"half a second", [](ClientWorld& w) { return w.wait(kShownEmpty); }, {"> ATR 0 " + kAtr}},
      {"the card is taken", succeed, {}},
      {"a command", [](ClientWorld& w) { return w.receive(test::apdu("01")); }, {"command 0 01"}},
      {"a second", [](ClientWorld& w) { return w.receive(test::apdu("02")); }, {}},
      {"a flush", [](ClientWorld& w) { return w.receive(test::flush()); }, {}},
      {"an answer",
       [](ClientWorld& w) { return w.respond("9001"); },
       {"> APDU 0 9001", "command 0 02"}},
      {"an answer",
       [](ClientWorld& w) { return w.respond("9002"); },
       {"> APDU 0 9002", "> FlushComplete 0"}},
      {"another card", [](ClientWorld& w) { return w.insert(kOtherAtr); }, {"> CardRemove 0"}},
      {"the first is removed", succeed, {}},
      {"half a second",
       [](ClientWorld& w) { return w.wait(kShownEmpty); },
       {"> ATR 0 " + kOtherAtr}},
      {"the card is taken", succeed, {}},
      {"a command", [](ClientWorld& w) { return w.receive(test::apdu("03")); }, {"command 0 03"}},
      {"the owner leaves",
       [](ClientWorld& w) { return w.leave(); },
       {"> Error 0 1", "> CardRemove 0"}},
      {"the card is removed", succeed, {"> ReaderRemove 0"}},
      {"the reader is removed", succeed, {"ended"}},
  };
}

/// The same with a host that keeps to the extension, and holds changes back itself.
std::vector<Step> extended_script() {
  std::vector<Step> steps = script();
  std::erase_if(steps, [](const Step& step) { return step.name == "half a second"; });
  steps.at(2) = {"Init",
                 [](ClientWorld& w) { return w.receive(test::init(kExtension)); },
                 {"> ExtHello 0 1 65544 power ping cancel use"}};
  steps.insert(
      steps.begin() + 3,
      {"ExtHello",
       [](ClientWorld& w) { return w.receive(test::ext_hello(kMaxPayload, kWorkingFeature)); },
       {"> ReaderRemove 0"}});
  steps.at(5).expected.push_back("> ATR 0 " + kAtr);
  steps.at(13).expected = {"> ATR 0 " + kOtherAtr};
  return steps;
}

/// … and whose guest aborts commands, and waits for a slow one.
std::vector<Step> cancelling_script() {
  std::vector<Step> steps = extended_script();
  const auto first = std::ranges::find(steps, "a second", &Step::name) + 1;
  steps.insert(
      std::ranges::find(first, steps.end(), "another card", &Step::name),
      {{"a command", [](ClientWorld& w) { return w.receive(test::apdu("05")); }, {"command 0 05"}},
       {"a second", [](ClientWorld& w) { return w.receive(test::apdu("06")); }, {}},
       {"Cancel",
        [](ClientWorld& w) { return w.receive(test::cancel()); },
        {"> Error 0 1", "> Error 0 1", "stop 0"}},
       {"one at once", [](ClientWorld& w) { return w.receive(test::apdu("07")); }, {}},
       {"what nobody waits for",
        [](ClientWorld& w) { return w.respond("9005"); },
        {"command 0 07"}},
       {"an answer", [](ClientWorld& w) { return w.respond("9007"); }, {"> APDU 0 9007"}},
       {"Cancel", [](ClientWorld& w) { return w.receive(test::cancel()); }, {}},
       {"a command", [](ClientWorld& w) { return w.receive(test::apdu("08")); }, {"command 0 08"}},
       {"a second", [](ClientWorld& w) { return w.wait(kLookAgain); }, {"look 0"}},
       {"the card is alive", [](ClientWorld& w) { return w.works(); }, {"> Working 0"}},
       {"an answer", [](ClientWorld& w) { return w.respond("9008"); }, {"> APDU 0 9008"}}});
  return steps;
}

/// With a second card, on the same connection.
std::vector<Step> two_readers_script() {
  const auto succeed_second = [](ClientWorld& w) { return w.receive(test::error(0, kAtHost)); };
  std::vector<Step> steps = extended_script();
  const auto named = [&steps](const char* name) {
    return std::ranges::find(steps, name, &Step::name);
  };
  named("ExtHello")->event = [](ClientWorld& w) {
    return w.receive(test::ext_hello(kMaxPayload, kWorkingFeature, 2));
  };
  named("it is added")->expected = {"accepted 0", "> ATR 0 " + kAtr};
  named("the card is taken")->expected = {"> ReaderAdd x 'other'"};
  steps.insert(named("a command"),
               {{"the second is added", succeed_second, {"accepted 1", "> ATR 7 " + kAtr}},
                {"its card is taken", succeed_second, {}},
                {"a command for it",
                 [](ClientWorld& w) { return w.receive(test::apdu("11", kAtHost)); },
                 {"command 1 11"}}});
  steps.insert(
      named("another card"),
      {{"its answer", [](ClientWorld& w) { return w.respond_second("9011"); }, {"> APDU 7 9011"}},
       {"a command for it",
        [](ClientWorld& w) { return w.receive(test::apdu("12", kAtHost)); },
        {"command 1 12"}},
       {"its reader is taken away",
        [](ClientWorld& w) { return w.receive(test::reader_use(Use::Removed, kAtHost)); },
        {"> Error 7 1", "withdrawn 1 1"}},
       {"what nobody waits for", [](ClientWorld& w) { return w.respond_second("9012"); }, {}},
       {"its reader is given back",
        [](ClientWorld& w) { return w.receive(test::reader_use(Use::Ready, kAtHost)); },
        {"accepted 1"}}});
  const auto removed =
      std::ranges::find(steps.begin() + 20, steps.end(), "the card is removed", &Step::name);
  removed->expected = {"> ReaderRemove 0"};
  steps.back() = {"the reader is removed", succeed, {"> CardRemove 7"}};
  steps.push_back({"the second card is removed", succeed, {"> ReaderRemove 7"}});
  steps.push_back({"the second reader is removed", succeed, {"ended"}});
  steps.insert(steps.begin(),
               {"a second card is in", [](ClientWorld& w) { return w.insert_second(); }, {}});
  return steps;
}

void lose(ClientWorld& world) { world.lost(); }
void silence_of_the_host(ClientWorld& world) {
  const bool waits = world.waits_for_host();
  const bool ended = world.ended();
  world.wait(kAnswerTimeout);
  EXPECT_EQ(world.ended(), waits || ended);
}
void silence_of_the_card(ClientWorld& world) {
  const bool waits_for_host = world.waits_for_host();
  world.wait(kApduTimeout);
  EXPECT_EQ(world.ended(), waits_for_host);
  EXPECT_TRUE(waits_for_host || world.owed_answers() == 0);
}
void what_no_host_sends(ClientWorld& world) {
  const bool connected = world.connected();
  world.receive(test::reader_add("soft"));
  EXPECT_EQ(world.ended(), connected);
}
/// The conversation goes on after it.
auto survive(std::function<void(ClientWorld&)> event) {
  return [event = std::move(event)](ClientWorld& world) {
    const bool ended = world.ended();
    event(world);
    EXPECT_EQ(world.ended(), ended);
  };
}
void a_command(ClientWorld& world) {
  survive([](ClientWorld& w) { w.receive(test::apdu("04")); })(world);
}
void a_cancel(ClientWorld& world) {
  survive([](ClientWorld& w) {
    w.receive(test::cancel());
    w.receive(test::cancel(kAtHost));
  })(world);
  EXPECT_TRUE(!world.greeted() || world.ended() || world.owed_answers() == 0);
}
void too_many_commands(ClientWorld& world) {
  a_command(world);
  const bool queued = world.owed_answers() > 0;
  for (std::size_t i = 0; i < kMaxQueuedCommands + 1; ++i) world.receive(test::apdu("04"));
  EXPECT_EQ(world.ended(), queued) << "either all are refused, or there are too many";
  EXPECT_TRUE(queued || world.owed_answers() == 0);
}

std::vector<Failure> failures() {
  return {
      {"the stream ends", lose},
      {"the host is silent", silence_of_the_host},
      {"the card is silent", silence_of_the_card},
      {"the host refuses", [](ClientWorld& world) { world.receive(test::error(1)); }},
      {"a message of the client's", what_no_host_sends},
      {"an unknown message", survive([](ClientWorld& world) { world.receive(test::unknown(77)); })},
      {"a Ping", survive([](ClientWorld& world) { world.receive(test::ping(9)); })},
      {"another Init", survive([](ClientWorld& world) { world.receive(test::init()); })},
      {"a command", a_command},
      {"more commands than are queued", too_many_commands},
      {"the card is removed", survive([](ClientWorld& world) { world.remove(); })},
      {"another card is in", survive([](ClientWorld& world) { world.insert("3b01aa"); })},
      {"another program resets the card", survive([](ClientWorld& world) { world.reset(); })},
      {"the card is alive", survive([](ClientWorld& world) { world.works(); })},
      {"the card fails", survive([](ClientWorld& world) { world.no_answer(); })},
      {"an answer that the host cannot take",
       survive([](ClientWorld& world) { world.respond(std::string(std::size_t{375} * 2, '0')); })},
      {"the owner leaves", [](ClientWorld& world) { world.leave(); }},
  };
}

TEST(VscClientSteps, FailEachInEveryWay) { fakes::for_each_step_failing(script(), failures()); }

/// With a host that keeps to the extension.
std::vector<Failure> extended_failures() {
  auto all = failures();
  std::erase_if(all, [](const Failure& failure) {
    return failure.name == "an answer that the host cannot take";
  });
  all.push_back({"a reset", survive([](ClientWorld& world) {
                   world.receive(test::power(PowerAction::ColdReset));
                 })});
  all.push_back({"a Cancel", a_cancel});
  all.push_back({"readers are taken away", survive([](ClientWorld& world) {
                   world.receive(test::reader_use(Use::Removed, kReader));
                   world.receive(test::reader_use(Use::NoPlace, kAtHost));
                 })});
  all.push_back({"readers are given back", survive([](ClientWorld& world) {
                   world.receive(test::reader_use(Use::Ready, kReader));
                   world.receive(test::reader_use(Use::Ready, kAtHost));
                 })});
  all.push_back({"another ExtHello", [](ClientWorld& world) { world.receive(test::ext_hello()); }});
  return all;
}

TEST(VscClientSteps, FailEachInEveryWayWithTheExtension) {
  fakes::for_each_step_failing(extended_script(), extended_failures());
}

TEST(VscClientSteps, FailEachInEveryWayWithCancel) {
  fakes::for_each_step_failing(cancelling_script(), extended_failures());
}

/// Among them a refusal: the host has no room for the second one.
TEST(VscClientSteps, FailEachInEveryWayWithTwoReaders) {
  fakes::for_each_step_failing(two_readers_script(), extended_failures());
}

}  // namespace
}  // namespace vscard::protocol::vsc
