// A recording that is played to its end, each step of which fails in every way that a host has.

#include "cards/replay/by_command.hpp"
#include "cards/replay/in_order.hpp"
#include "tests/cards/replay/recordings.hpp"
#include "tests/fakes/steps.hpp"

#include <algorithm>
#include <memory>

namespace vscard::cards::replay {
namespace {

using fakes::Lines;

const std::string kSelect = "00a4040001aa";
const std::string kVerify = "0020008004";
const std::string kPin = "31323334";
const std::string kSign = "00870000";
const std::string kRead = "00b00000";
const std::string kUnknown = "00ca0001";

const std::vector<std::string> kRecording{"in 3b00",
                                          kSelect + " 9000",
                                          kVerify + "/30303030 9000",
                                          kSign + " 559000",
                                          "out",
                                          "in 3b80800101",
                                          "reset",
                                          kSelect + " 9000",
                                          kSign + " 6982",
                                          kRead + " 119000"};

/// A player and its host. Whatever that does, no line shows a PIN, and a signature is given only to
/// whom the PIN was taken from since the card was powered or put in.
class PlayerWorld {
 public:
  Lines transmit(const std::string& command) {
    const std::string got = answer(*player_, command);
    if (command.starts_with(kVerify)) verified_ = got == "9000";
    if (got == "559000" && !verified_) wrong_ = "a signature without a PIN";
    if (played_on_ && got != "6f00") wrong_ = "an answer after a difference";
    lines_.insert(lines_.begin(), got);
    return take_lines();
  }
  /// What happens by itself does so.
  Lines pass() {
    const Happening* const next = player_->next_happening();
    if (next == nullptr) return {};
    verified_ = false;
    const bool in = std::holds_alternative<CardInserted>(next->event);
    player_->pass_happening();
    return {in ? "in" : "out"};
  }
  Lines reset() {
    player_->reset();
    verified_ = verified_ && in_order();  // which leaves resets to the host
    return {};
  }
  bool waits() const { return player_->next_happening() != nullptr; }
  bool played_on() const { return played_on_; }

  const std::string& wrong() const { return wrong_; }
  static void end() {}
  std::string owed() const { return told_ > 1 || (in_order() && warned_ > 1) ? "one line" : ""; }
  void begin_again() {
    player_ = make_();
    verified_ = played_on_ = false;
    told_ = warned_ = 0;
  }

 protected:
  using Make = std::function<std::unique_ptr<Player>(Player::Tell tell, Player::Tell warn)>;
  explicit PlayerWorld(const Make& make)
      : make_([this, make] {
          return make([this](const std::string& line) { tell(line); },
                      [this](const std::string& line) { warn(line); });
        }) {
    begin_again();
  }

 private:
  bool in_order() const { return dynamic_cast<const InOrder*>(player_.get()) != nullptr; }
  void tell(const std::string& line) {
    lines_.push_back(line);
    ++told_;
  }
  void warn(const std::string& line) {
    lines_.emplace_back("differs");
    ++warned_;
    played_on_ = in_order();
    if (line.contains(kPin)) wrong_ = "a line with a PIN";
  }
  Lines take_lines() { return std::exchange(lines_, {}); }

  std::function<std::unique_ptr<Player>()> make_;
  std::unique_ptr<Player> player_;
  bool verified_ = false;
  bool played_on_ = false;  ///< in order, after a difference
  int told_ = 0;
  int warned_ = 0;
  std::string wrong_;
  Lines lines_;
};

struct InOrderWorld : PlayerWorld {
  InOrderWorld()
      : PlayerWorld([](auto tell, auto warn) {
          return std::make_unique<InOrder>("f", script(kRecording), tell, warn);
        }) {}
};
struct ByCommandWorld : PlayerWorld {
  ByCommandWorld()
      : PlayerWorld([](auto /*tell*/, auto warn) {
          return std::make_unique<ByCommand>("f", script(kRecording), warn);
        }) {}
};

auto transmit(const std::string& hex) {
  return [hex](PlayerWorld& world) { return world.transmit(hex); };
}
Lines pass(PlayerWorld& world) { return world.pass(); }
Lines reset(PlayerWorld& world) { return world.reset(); }

std::vector<fakes::Step<InOrderWorld>> script_in_order() {
  return {
      {"the card comes", pass, {"in"}},
      {"it is selected", transmit(kSelect), {"9000"}},
      {"the PIN", transmit(kVerify + kPin), {"9000"}},
      {"a signature", transmit(kSign), {"559000"}},
      {"the card goes", pass, {"out"}},
      {"another comes", pass, {"in"}},
      {"its power", reset, {}},
      {"it is selected", transmit(kSelect), {"9000"}},
      {"without a PIN it does not sign", transmit(kSign), {"6982"}},
      {"it is read", transmit(kRead), {"119000", "f: played to its end"}},
      {"there is no more", pass, {}},
  };
}

std::vector<fakes::Step<ByCommandWorld>> script_by_command() {
  return {
      {"the card comes", pass, {"in"}},
      {"it is selected", transmit(kSelect), {"9000"}},
      {"without a PIN it does not sign", transmit(kSign), {"6982"}},
      {"it is read", transmit(kRead), {"119000"}},
      {"the PIN", transmit(kVerify + kPin), {"9000"}},
      {"a signature", transmit(kSign), {"559000"}},
      {"its power", reset, {}},
      {"it is selected", transmit(kSelect), {"9000"}},
      {"without a PIN it does not sign", transmit(kSign), {"6982"}},
  };
}

/// A command that the recording does not have: one line, and 6F00, unless no card is in.
void ask_for_more(InOrderWorld& world) {
  const Lines expected = world.waits()       ? Lines{"no card"}
                         : world.played_on() ? Lines{"6f00"}
                                             : Lines{"6f00", "differs"};
  EXPECT_EQ(world.transmit(kUnknown), expected);
  EXPECT_EQ(world.transmit(kUnknown), Lines{expected.front()}) << "a line once";
}
void ask_for_more(ByCommandWorld& world) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(world.transmit(kUnknown), (Lines{"6f00", "differs"}));
}

template <class World>
std::vector<fakes::Failure<World>> failures() {
  const auto sends = [](const std::string& hex) {
    return [hex](World& world) { world.transmit(hex); };
  };
  return {
      {"an unknown command", [](World& world) { ask_for_more(world); }},
      {"the power", [](World& world) { world.reset(); }},
      {"what happens next comes early", [](World& world) { world.pass(); }},
      {"a selection", sends(kSelect)},
      {"another selection", sends("00a4040001bb")},
      {"a PIN", sends(kVerify + kPin)},
      {"another PIN command", sends("00240080" + kPin)},
      {"a PIN that is cut", sends(kVerify + "3132")},
      {"a signature", sends(kSign)},
      {"a command that is cut", sends(kSelect.substr(0, 10))},
      {"a command and more", sends(kRead + "0000")},
      {"one byte", sends("00")},
      {"nothing", sends("")},
  };
}

TEST(ReplaySteps, FailEachInEveryWayInOrder) {
  fakes::for_each_step_failing(script_in_order(), failures<InOrderWorld>());
}

TEST(ReplaySteps, FailEachInEveryWayByCommand) {
  fakes::for_each_step_failing(script_by_command(), failures<ByCommandWorld>());
}

}  // namespace
}  // namespace vscard::cards::replay
