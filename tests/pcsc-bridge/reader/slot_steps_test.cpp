// What pcscd is shown of a slot, each step of which fails in every way.

#include "pcsc-bridge/reader/slot.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/steps.hpp"

namespace vscard::pcsc_bridge::reader {
namespace {

using fakes::atr;
using fakes::kAtr;
using fakes::kOtherAtr;
using fakes::Lines;

/// A slot, the reader that moves its card, and pcscd, which looks at one change after the other. It
/// must not see a card become another one, nor become the same one again: it would not notice.
class SlotWorld {
 public:
  Lines insert(const std::string& hex) {
    slot_.insert(atr(hex));
    is_ = hex;
    return {};
  }
  Lines remove() {
    slot_.remove();
    is_.clear();
    return {};
  }
  Lines end_wait() {
    slot_.end_wait();
    return {};
  }
  /// The watching thread's next wait, which finds what there is.
  Lines look() {
    slot_.wait_for_change(std::chrono::milliseconds(0));
    const auto card = slot_.card();
    const std::string hex = card ? fakes::to_hex(card->bytes()) : "";
    if (hex == shown_) return {"nothing new"};
    if (!hex.empty() && !shown_.empty()) wrong_ = "card " + shown_ + " becomes " + hex;
    shown_ = hex;
    return {hex.empty() ? "empty" : "card " + hex};
  }
  /// All that the watching thread sees until nothing is new any more.
  Lines look_at_all() {
    Lines seen;
    while (!slot_.settled() && seen.size() <= kMostLooks) {
      for (const std::string& line : look()) seen.push_back(line);
    }
    return seen;
  }
  bool settled() const { return slot_.settled(); }
  /// Is there a card, be it one that pcscd has yet to see?
  bool has_card() const { return !is_.empty(); }
  /// Whoever asks, at any time, is shown what the watching thread has seen.
  bool shows_what_was_seen() const {
    const auto card = slot_.card();
    return (card ? fakes::to_hex(card->bytes()) : "") == shown_;
  }

  std::string wrong() const {
    return shows_what_was_seen() ? wrong_ : "a change that the watching thread has not seen";
  }
  void end() { look_at_all(); }
  std::string owed() const { return shown_ == is_ ? "" : "the last state"; }
  void begin_again() {
    remove();
    end();
    slot_.wait_for_change(std::chrono::milliseconds(0));  // takes an end_wait() that was not seen
  }

 private:
  /// More than a slot may remember.
  static constexpr std::size_t kMostLooks = 1100;

  Slot slot_;
  std::string is_;     ///< the reader's card, as hex, or ""
  std::string shown_;  ///< pcscd's
  std::string wrong_;
};

using Step = fakes::Step<SlotWorld>;
using Failure = fakes::Failure<SlotWorld>;

std::vector<Step> script() {
  const auto insert = [](const std::string& hex) {
    return [hex](SlotWorld& world) { return world.insert(hex); };
  };
  const auto look = [](SlotWorld& world) { return world.look(); };
  const auto remove = [](SlotWorld& world) { return world.remove(); };
  return {
      {"nothing", look, {"nothing new"}},
      {"a card", insert(kAtr), {}},
      {"it is seen", look, {"card " + kAtr}},
      {"its reset", insert(kAtr), {}},
      {"is a removal", look, {"empty"}},
      {"and an insertion", look, {"card " + kAtr}},
      {"it is removed", remove, {}},
      {"another is in", insert(kOtherAtr), {}},
      {"the removal is seen", look, {"empty"}},
      {"the insertion is seen", look, {"card " + kOtherAtr}},
      {"pcscd is to look no more", [](SlotWorld& w) { return w.end_wait(); }, {}},
      {"it looks once more", look, {"nothing new"}},
      {"it is removed", remove, {}},
      {"it is seen", look, {"empty"}},
  };
}

/// The last that pcscd sees is what is; "" when nothing is new to it.
std::string seen_last(SlotWorld& world) {
  const Lines seen = world.look_at_all();
  EXPECT_TRUE(world.settled());
  return seen.empty() ? "" : seen.back();
}

void lose_connection(SlotWorld& world) {
  const bool new_to_pcscd = world.has_card() || !world.settled();
  world.remove();
  EXPECT_EQ(seen_last(world), new_to_pcscd ? "empty" : "");
}

void insert_another(SlotWorld& world) {
  world.insert("3b01aa");
  EXPECT_EQ(seen_last(world), "card 3b01aa");
}

void insert_and_remove(SlotWorld& world) {
  world.insert("3b01aa");
  world.remove();
  const Lines seen = world.look_at_all();
  EXPECT_EQ(seen.back(), "empty");
  EXPECT_EQ(seen.at(seen.size() - 2), "card 3b01aa") << "however short";
}

void swap_often(SlotWorld& world) {
  for (int i = 0; i < 2000; ++i) world.insert(i % 2 == 0 ? kAtr : kOtherAtr);
  EXPECT_EQ(seen_last(world), "card " + kOtherAtr);
}

void end_wait(SlotWorld& world) {
  const bool settled = world.settled();
  world.end_wait();
  EXPECT_EQ(world.settled(), settled) << "nothing is shown to nobody";
}

void look(SlotWorld& world) {
  const bool settled = world.settled();
  EXPECT_EQ(world.look() == Lines{"nothing new"}, settled);
}

TEST(SlotSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"the connection is lost", lose_connection},
      {"a card is in", insert_another},
      {"a card comes and goes", insert_and_remove},
      {"cards come and go thousands of times", swap_often},
      {"pcscd stops to wait", end_wait},
      {"pcscd looks", look},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::reader
