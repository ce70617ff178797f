// A client's conversation with a host, each step of which fails in every way.

#include "tests/fakes/cards.hpp"
#include "tests/fakes/checked_host.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <memory>

namespace vscard::protocol::vsc {
namespace {

using fakes::Lines;
using fakes::secret;
using test::text_of;

const std::string kSoftAtr = "3b7a18000073667465206364313434";

constexpr ReaderId kSecond{1};

/// A host with room for two readers, its guest, which may send a command while it waits for
/// another's answer, and its clock.
class HostWorld {
 public:
  Lines start() {
    if (!host_->oracle().ended()) host_->start(now_);
    return {};
  }
  Lines receive(vsc::Message message) { return text_of(host_->receive(std::move(message), now_)); }
  Lines transmit(const std::string& hex) { return text_of(host_->transmit(secret(hex), now_)); }
  Lines transmit_to_second(const std::string& hex) {
    host_->choose(kSecond);
    Lines lines = transmit(hex);
    host_->choose(ReaderId{0});
    return lines;
  }
  Lines power() { return text_of(host_->power(PowerAction::ColdReset)); }
  Lines abort() { return text_of(host_->abort(now_)); }
  Lines withdraw_second() {
    host_->choose(kSecond);
    Lines lines = text_of(host_->withdraw(Use::Removed, now_));
    host_->choose(ReaderId{0});
    return lines;
  }
  Lines offer_second() {
    host_->choose(kSecond);
    Lines lines = text_of(host_->offer());
    host_->choose(ReaderId{0});
    return lines;
  }
  Lines lost() { return text_of(host_->lost()); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(host_->expire(now_));
  }
  bool ended() const { return host_->oracle().ended(); }
  bool pending() const { return host_->pending(); }

  std::string wrong() const { return host_->oracle().wrong(); }
  void end() { host_->lost(); }
  std::string owed() const {
    if (host_->pending()) return "the answer of a command";
    return host_->oracle().has_reader() ? "the end of a reader" : "";
  }
  /// A host is for one connection.
  void begin_again() { host_ = make(); }

 private:
  static std::unique_ptr<fakes::CheckedHost> make() {
    return std::make_unique<fakes::CheckedHost>(PeerLimits{}, kApduTimeout, 2);
  }

  std::unique_ptr<fakes::CheckedHost> host_ = make();
  Time now_{};
};

using Step = fakes::Step<HostWorld>;
using Failure = fakes::Failure<HostWorld>;

template <class Make>
auto receive(Make make) {
  return [make](HostWorld& world) { return world.receive(make()); };
}

std::vector<Step> script() {
  return {
      {"the connection", [](HostWorld& w) { return w.start(); }, {}},
      {"Init", receive([] { return test::init(); }), {"> Init x"}},
      {"ReaderRemove", receive([] { return test::reader_remove(); }), {"> Error 0 0"}},
      {"ReaderAdd",
       receive([] { return test::reader_add("soft"); }),
       {"> Error 0 0", "reader 0 'soft'"}},
      {"ATR", receive([] { return test::atr(kSoftAtr); }), {"> Error 0 0", "card 0 " + kSoftAtr}},
      {"a command", [](HostWorld& w) { return w.transmit("01"); }, {"> APDU 0 01"}},
      {"its answer", receive([] { return test::apdu("9001"); }), {"response 0 9001"}},
      {"the next", [](HostWorld& w) { return w.transmit("02"); }, {"> APDU 0 02"}},
      {"its abort", [](HostWorld& w) { return w.abort(); }, {}},
      {"one that has to wait", [](HostWorld& w) { return w.transmit("03"); }, {}},
      {"the late answer", receive([] { return test::apdu("9002"); }), {"> APDU 0 03"}},
      {"no answer",
       receive([] { return test::error(1); }),
       {"no answer 0: the card did not answer"}},
      {"a reset",
       receive([] { return test::atr(kSoftAtr); }),
       {"> Error 0 0", "card 0 " + kSoftAtr}},
      {"CardRemove", receive([] { return test::card_remove(); }), {"no card 0", "> Error 0 0"}},
      {"ReaderRemove",
       receive([] { return test::reader_remove(); }),
       {"no reader 0", "> Error 0 0"}},
  };
}

/// The same with a client that keeps to the extension.
std::vector<Step> extended_script() {
  std::vector<Step> steps = script();
  steps.at(1) = {"Init",
                 receive([] { return test::init(kExtension); }),
                 {"> Init x extension", "> ExtHello x 1 65544 ahead ping working readers 2"}};
  steps.insert(steps.begin() + 2,
               {"ExtHello",
                receive([] { return test::ext_hello(kMaxPayload, kPowerFeature | kPingFeature); }),
                {"> Ping x 1"}});
  steps.insert(
      steps.begin() + 8,
      {"the guest resets the card", [](HostWorld& w) { return w.power(); }, {"> Power 0 1"}});
  return steps;
}

Step& named(std::vector<Step>& steps, const std::string& name) {
  return *std::ranges::find(steps, name, &Step::name);
}

/// … and to Cancel: so no command waits for a late answer.
std::vector<Step> cancelling_script() {
  std::vector<Step> steps = extended_script();
  named(steps, "ExtHello").event =
      receive([] { return test::ext_hello(kMaxPayload, kPowerFeature | kCancelFeature); });
  named(steps, "ExtHello").expected = {};
  named(steps, "its abort").expected = {"> Cancel 0"};
  named(steps, "one that has to wait").expected = {"> APDU 0 03"};
  named(steps, "the late answer").expected = {};
  return steps;
}

/// … and with a second reader, whose card works beside the first, and which the user takes away and
/// gives back.
std::vector<Step> two_readers_script() {
  std::vector<Step> steps = cancelling_script();
  named(steps, "ExtHello").event = receive([] {
    return test::ext_hello(kMaxPayload, kPowerFeature | kCancelFeature | kReaderUseFeature);
  });
  const auto answered = std::ranges::find(steps, "its answer", &Step::name);
  steps.insert(
      answered,
      {{"ReaderAdd",
        receive([] { return test::reader_add("other"); }),
        {"> Error 1 0", "reader 1 'other'"}},
       {"ATR",
        receive([] { return test::atr(kSoftAtr, kSecond); }),
        {"> Error 1 0", "card 1 " + kSoftAtr}},
       {"a command", [](HostWorld& w) { return w.transmit_to_second("11"); }, {"> APDU 1 11"}},
       {"Working", receive([] { return test::working(kSecond); }), {}},
       {"its answer", receive([] { return test::apdu("9011", kSecond); }), {"response 1 9011"}},
       {"a command", [](HostWorld& w) { return w.transmit_to_second("12"); }, {"> APDU 1 12"}},
       {"it is taken away",
        [](HostWorld& w) { return w.withdraw_second(); },
        {"> Cancel 1", "> Power 1 0", "> ReaderUse 1 1"}},
       {"the late answer", receive([] { return test::error(1, kSecond); }), {}},
       {"another card",
        receive([] { return test::atr("3b01aa", kSecond); }),
        {"> Error 1 0", "card 1 3b01aa"}},
       {"it is given back",
        [](HostWorld& w) { return w.offer_second(); },
        {"> ReaderUse 1 0", "card 1 3b01aa"}},
       {"a command", [](HostWorld& w) { return w.transmit_to_second("13"); }, {"> APDU 1 13"}},
       {"ReaderRemove",
        receive([] { return test::reader_remove(kSecond); }),
        {"no answer 1: " + make_error_code(Errc::NoCard).message(), "no card 1", "no reader 1",
         "> Error 1 0"}}});
  return steps;
}

void lose(HostWorld& world) {
  world.lost();
  EXPECT_FALSE(world.pending());
}
/// Longer than a client may take for its Init or a card for its answer.
void let_time_pass(HostWorld& world) {
  world.wait(std::max<Duration>(kAnswerTimeout, kApduTimeout));
  if (world.ended()) world.lost();
  EXPECT_FALSE(world.pending());
}
void remove_card(HostWorld& world) {
  world.receive(test::card_remove());
  EXPECT_FALSE(world.pending());
}

std::vector<Failure> failures() {
  const auto receiving = [](auto make) {
    return [make](HostWorld& world) { world.receive(make()); };
  };
  return {
      {"the stream ends", lose},
      {"nothing comes in time", let_time_pass},
      {"the card is removed", remove_card},
      {"the reader is removed", receiving([] { return test::reader_remove(); })},
      {"another card is in", receiving([] { return test::atr("3b00"); })},
      {"the card was reset", receiving([] { return test::atr(kSoftAtr); })},
      {"an ATR that is none", receiving([] { return test::atr("3b7a"); })},
      {"the card gives no answer", receiving([] { return test::error(1); })},
      {"the second card is removed", receiving([] { return test::card_remove(kSecond); })},
      {"a card for a reader that is not there",
       receiving([] { return test::atr(kSoftAtr, ReaderId{7}); })},
      {"an answer of one that is not there",
       receiving([] { return test::apdu("9000", ReaderId{7}); })},
      {"a command for the second card", [](HostWorld& world) { world.transmit_to_second("14"); }},
      {"the second reader is taken away", [](HostWorld& world) { world.withdraw_second(); }},
      {"the second reader is given back", [](HostWorld& world) { world.offer_second(); }},
      {"an answer without a status word", receiving([] { return test::apdu("90"); })},
      {"an answer that nobody waits for", receiving([] { return test::apdu("9000"); })},
      {"a message of the host's", receiving([] { return test::flush(); })},
      {"an unknown message", receiving([] { return test::unknown(77); })},
      {"a reader", receiving([] { return test::reader_add("another"); })},
      {"the end of a flush", receiving([] { return test::flush_complete(); })},
      {"another Init", receiving([] { return test::init(); })},
      {"a Ping", receiving([] { return test::ping(9); })},
      {"a Cancel", receiving([] { return test::cancel(); })},
      {"a Working", receiving([] { return test::working(); })},
      {"an Ahead", receiving([] { return test::ahead({{"04000000", "9000"}}); })},
      {"another ExtHello", receiving([] { return test::ext_hello(); })},
      {"the guest resets the card", [](HostWorld& world) { world.power(); }},
      {"a message of the host's extension",
       receiving([] { return test::power(PowerAction::Down); })},
      {"the guest aborts", [](HostWorld& world) { world.abort(); }},
      {"the guest sends a command", [](HostWorld& world) { world.transmit("04"); }},
  };
}

TEST(VscHostSteps, FailEachInEveryWay) { fakes::for_each_step_failing(script(), failures()); }

TEST(VscHostSteps, FailEachInEveryWayWithTheExtension) {
  fakes::for_each_step_failing(extended_script(), failures());
}

TEST(VscHostSteps, FailEachInEveryWayWithCancel) {
  fakes::for_each_step_failing(cancelling_script(), failures());
}

TEST(VscHostSteps, FailEachInEveryWayWithTwoReaders) {
  fakes::for_each_step_failing(two_readers_script(), failures());
}

}  // namespace
}  // namespace vscard::protocol::vsc
