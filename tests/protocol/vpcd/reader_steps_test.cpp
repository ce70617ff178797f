// A virtual card in vpcd's reader, each step of which fails in every way.

#include "tests/fakes/cards.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/protocol/vpcd/text.hpp"

namespace vscard::protocol::vpcd {
namespace {

using fakes::kAtr;
using fakes::kOtherAtr;
using fakes::Lines;
using fakes::secret;
using std::chrono::seconds;

constexpr seconds kLimit{5};

/// A reader, who asks it for things only while it is idle, and its clock. The card owes one answer
/// at a time; the reader may give no other, and nothing after the end.
class ReaderWorld {
 public:
  Lines start() {
    if (connected_) return {};
    connected_ = true;
    owed_ = Owed::Atr;
    return noted(reader_.start(now_));
  }
  Lines transmit(const std::string& hex) {
    if (!reader_.idle()) return {};
    owed_ = Owed::Response;
    return noted(reader_.transmit(secret(hex), now_));
  }
  Lines reset(vsc::PowerAction action) {
    if (!reader_.idle()) return {};
    owed_ = action == vsc::PowerAction::Down ? Owed::Nothing : Owed::Atr;
    return noted(reader_.reset(action, now_));
  }
  Lines receive(const std::string& hex) { return noted(reader_.receive(secret(hex), now_)); }
  Lines wait(Duration duration) {
    now_ += duration;
    return noted(reader_.expire(now_));
  }
  Lines lost() {
    reader_.lost();
    forget();
    return {};
  }
  /// What the machine is to say of an answer that is none.
  Lines refusal(const std::string& of_atr, const std::string& of_response) const {
    if (!connected_) return {};
    if (owed_ == Owed::Nothing) return {make_error_code(Errc::UnexpectedMessage).message()};
    return {owed_ == Owed::Atr ? of_atr : of_response};
  }
  bool owes() const { return owed_ != Owed::Nothing; }

  std::string wrong() const {
    if (reader_.idle() != (connected_ && !owes())) return "is idle at the wrong time";
    if (reader_.deadline().has_value() != owes()) return "waits at the wrong time";
    return wrong_;
  }
  void end() { lost(); }
  static std::string owed() { return ""; }  // wrong() knows
  static void begin_again() {}

 private:
  enum class Owed { Nothing, Atr, Response };

  void forget() {
    connected_ = false;
    owed_ = Owed::Nothing;
  }
  void answered(Owed with) {
    if (owed_ != with) wrong_ = "an answer that was not asked for";
    owed_ = Owed::Nothing;
  }
  void note(const VpcdReader::Send& /*it*/) {}
  void note(const VpcdReader::Powered& /*it*/) { answered(Owed::Atr); }
  void note(const VpcdReader::Response& it) {
    answered(Owed::Response);
    if (it.bytes.size() < 2) wrong_ = "a response without a status word";
  }
  void note(const VpcdReader::Ended& /*it*/) { forget(); }
  Lines noted(const VpcdReader::Actions& actions) {
    for (const auto& action : actions) {
      if (!connected_) wrong_ = "it goes on after the end";
      std::visit([this](const auto& it) { note(it); }, action);
    }
    return test::texts(actions);
  }

  VpcdReader reader_{kLimit};
  Time now_{};
  bool connected_ = false;
  Owed owed_ = Owed::Nothing;
  std::string wrong_;
};

using Step = fakes::Step<ReaderWorld>;
using Failure = fakes::Failure<ReaderWorld>;

auto receive(const std::string& hex) {
  return [hex](ReaderWorld& world) { return world.receive(hex); };
}
auto reset(vsc::PowerAction action) {
  return [action](ReaderWorld& world) { return world.reset(action); };
}
auto transmit(const std::string& hex) {
  return [hex](ReaderWorld& world) { return world.transmit(hex); };
}

std::vector<Step> script() {
  return {
      {"a card connects", [](ReaderWorld& w) { return w.start(); }, {"send 000101", "send 000104"}},
      {"its ATR", receive(kAtr), {"powered " + kAtr}},
      {"an hour passes", [](ReaderWorld& w) { return w.wait(std::chrono::hours(1)); }, {}},
      {"a command", transmit("00a4040000"), {"send 000500a4040000"}},
      {"its answer", receive("9000"), {"response 9000"}},
      {"the next", transmit("0084000008"), {"send 00050084000008"}},
      {"it takes its time", [](ReaderWorld& w) { return w.wait(kLimit - seconds(1)); }, {}},
      {"its answer", receive("6a82"), {"response 6a82"}},
      {"a cold reset",
       reset(vsc::PowerAction::ColdReset),
       {"send 000100", "send 000101", "send 000104"}},
      {"another ATR", receive(kOtherAtr), {"powered " + kOtherAtr}},
      {"a warm reset", reset(vsc::PowerAction::WarmReset), {"send 000102", "send 000104"}},
      {"the ATR again", receive(kOtherAtr), {"powered " + kOtherAtr}},
      {"the card goes", [](ReaderWorld& w) { return w.lost(); }, {}},
  };
}

/// The card says what is neither ATR nor response: one error, whatever was asked.
auto refused(const std::string& hex, Errc as_atr, Errc as_response) {
  return [=](ReaderWorld& world) {
    const Lines refusal =
        world.refusal(make_error_code(as_atr).message(), make_error_code(as_response).message());
    EXPECT_EQ(world.receive(hex), refusal);
    EXPECT_EQ(world.receive("9000"), Lines{}) << "nobody is there any more";
  };
}

void let_time_pass(ReaderWorld& world) {
  const bool owes = world.owes();
  const Lines lines = world.wait(vsc::kAnswerTimeout + kLimit);
  EXPECT_EQ(lines, owes ? Lines{make_error_code(Errc::NoAnswer).message()} : Lines{});
  EXPECT_EQ(world.wait(vsc::kAnswerTimeout), Lines{}) << "once";
}

void swap_cards(ReaderWorld& world) {
  world.lost();
  EXPECT_EQ(world.receive("9000"), Lines{}) << "the first card's last answer";
  world.start();
  EXPECT_EQ(world.receive(kOtherAtr), Lines{"powered " + kOtherAtr});
}

TEST(VpcdReaderSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"the card goes", [](ReaderWorld& world) { world.lost(); }},
      {"nothing comes in time", let_time_pass},
      {"nothing", refused("", Errc::BadLength, Errc::BadLength)},
      {"one byte", refused("90", Errc::BadLength, Errc::BadLength)},
      {"an answer without being asked, or too early", receive("9000")},
      {"an ATR without being asked", receive(kAtr)},
      {"an ATR that is cut", receive(kAtr.substr(0, 8))},
      {"another card comes in its place", swap_cards},
      {"the user resets", [](ReaderWorld& world) { world.reset(vsc::PowerAction::ColdReset); }},
      {"the user has a command", transmit("00b0000000")},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::protocol::vpcd
