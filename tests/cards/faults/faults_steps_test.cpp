// A card's faults over a conversation, each step of which is another than they expect.

#include "cards/faults/faults.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/steps.hpp"

#include <array>
#include <map>

namespace vscard::cards::faults {
namespace {

using fakes::Lines;
using Outcome = Verdict::Outcome;

constexpr std::array kFaults{
    "slow:1s@every=2",       "sw:6982@ins=87@times=1",
    "mute@ins=20@after=1",   "flip-bit@ins=b0@p=0.5@seed=7",
    "cut-response:4@ins=b0", "atr:3b00",
};

/// Two machines with the same faults, which have to say the same, and the account of what was said:
/// a fault that fired is in the verdict, and in the list as often.
class FaultsWorld {
 public:
  FaultsWorld() { begin_again(); }

  Lines command(const std::string& hex) {
    const Verdict verdict = faults_.on_command(fakes::from_hex(hex));
    if (text_of(verdict) != text_of(twin_.on_command(fakes::from_hex(hex)))) {
      wrong_ = "another verdict on another machine";
    }
    if (verdict.outcome != Outcome::Answered && verdict.fired.empty()) wrong_ = "without a fault";
    for (const auto& fault : verdict.fired) ++fired_[fault];
    return text_of(verdict);
  }
  Lines power() {
    const auto shown = faults_.on_power();
    if (shown.has_value() != twin_.on_power().has_value()) wrong_ = "another ATR elsewhere";
    if (!shown) return {};
    ++fired_[shown->fired];
    return {"atr " + fakes::to_hex(shown->atr.bytes())};
  }
  void clear() {
    for (Faults* const faults : {&faults_, &twin_}) faults->clear();
    fired_.clear();
  }
  void add(const std::string& text) {
    for (Faults* const faults : {&faults_, &twin_}) faults->add(parse_fault(text).value());
  }
  bool empty() const { return faults_.empty(); }

  std::string wrong() const {
    for (const auto& [text, fired] : faults_.list()) {
      const auto said = fired_.find(text);
      if (fired != (said == fired_.end() ? 0 : said->second)) return "another count of " + text;
      if (text.contains("times=1") && fired > 1) return "more often than it may";
    }
    return wrong_;
  }
  void end() { clear(); }
  std::string owed() { return command("00870000").empty() ? "" : "a fault that was cleared"; }
  void begin_again() {
    clear();
    for (const char* const text : kFaults) add(text);
  }

 private:
  static Lines text_of(const Verdict& verdict) {
    Lines lines = verdict.fired;
    for (const std::uint64_t flip : verdict.flips)
      lines.push_back("bit " + std::to_string(flip % 64));
    return lines;
  }

  Faults faults_;
  Faults twin_;
  std::map<std::string, std::uint64_t> fired_;
  std::string wrong_;
};

using Step = fakes::Step<FaultsWorld>;
using Failure = fakes::Failure<FaultsWorld>;

auto command(const std::string& hex) {
  return [hex](FaultsWorld& world) { return world.command(hex); };
}
Lines power(FaultsWorld& world) { return world.power(); }

std::vector<Step> script() {
  return {
      {"power", power, {"atr 3b00"}},
      {"a PIN", command("0020008008"), {}},
      {"another, to which the card is mute",
       command("0020008008"),
       {"slow:1s@every=2", "mute@ins=20@after=1"}},
      {"a signature", command("00870000"), {"sw:6982@ins=87@times=1"}},
      {"another", command("00870000"), {"slow:1s@every=2"}},
      {"a read", command("00b00000"), {"cut-response:4@ins=b0"}},
      {"another", command("00b00000"), {"slow:1s@every=2", "cut-response:4@ins=b0"}},
      {"another",
       command("00b00000"),
       {"flip-bit@ins=b0@p=0.5@seed=7", "cut-response:4@ins=b0", "bit 54"}},
      {"power", power, {"atr 3b00"}},
  };
}

void clear(FaultsWorld& world) {
  world.clear();
  EXPECT_TRUE(world.empty());
  for (const char* const hex : {"0020008008", "00870000", "00b00000"}) {
    EXPECT_EQ(world.command(hex), Lines{});
  }
  EXPECT_EQ(world.power(), Lines{});
}

void add_mute(FaultsWorld& world) {
  world.add("mute");
  const Lines lines = world.command("00ca0001");
  EXPECT_EQ(std::ranges::count(lines, "mute"), 1);
}

TEST(FaultsSteps, FailEachInEveryWay) {
  const auto sends = [](const std::string& hex) {
    return [hex](FaultsWorld& world) { world.command(hex); };
  };
  const std::vector<Failure> failures{
      {"the user clears them", clear},
      {"the user adds one", add_mute},
      {"power", [](FaultsWorld& world) { world.power(); }},
      {"another command", sends("00ca0001")},
      {"a read", sends("00b00000")},
      {"one byte", [](FaultsWorld& world) { EXPECT_EQ(world.command("00"), Lines{}); }},
      {"nothing", [](FaultsWorld& world) { EXPECT_EQ(world.command(""), Lines{}); }},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::cards::faults
