#include "tests/simulation/simulated_card.hpp"

#include <utility>

namespace vscard::tests::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array<Duration, 4> kPrompt{0ms, 1ms, 3ms, 20ms};
constexpr std::array<Duration, 4> kLate{400ms, 2500ms, 5500ms, 12s};
constexpr std::uint8_t kCold = 0;
constexpr std::uint8_t kWarm = 1;

}  // namespace

void SimulatedCard::transmit(protocol::SecretBytes command, SessionNumber session, Answer answer) {
  if (atr_) {
    add({.command = std::move(command),
         .session = session,
         .answer = std::move(answer),
         .after_reset = {}});
  } else {
    answer(std::nullopt);
  }
}

void SimulatedCard::reset(AfterReset after) {
  if (atr_) {
    add({.command = {}, .session = {}, .answer = {}, .after_reset = std::move(after)});
  } else {
    after(std::nullopt);
  }
}

void SimulatedCard::insert() {
  if (atr_) return;
  if (!around_.choices.one_in(3)) ++kind_;
  around_.trace.note("card", "is inserted");
  power(kCold);
  sight_.became(atr_);
  watcher_->card_inserted(*atr_);
}

void SimulatedCard::remove() {
  if (!std::exchange(atr_, std::nullopt)) return;
  around_.trace.note("card", "is removed");
  around_.trouble.make();
  sight_.became(atr_);
  stuck_ = false;
  if (working_) end_after(around_.choices.pick(kPrompt), false);
  watcher_->card_removed();
}

void SimulatedCard::reset_by_another() {
  if (!atr_) return;
  around_.trace.note("card", "is reset by another");
  reset_by_another_at_ = around_.clock.now();
  around_.trouble.make();
  power(around_.choices.one_in(2) ? kWarm : kCold);
  sight_.became(atr_);
  watcher_->card_reset(*atr_);
}

/// Two historical bytes make the card and its state known.
void SimulatedCard::power(std::uint8_t reset) {
  atr_ =
      protocol::iso7816::Atr::parse(std::array<std::uint8_t, 4>{0x3b, 0x02, kind_, reset}).value();
  oracle_.was_reset();
}

/// For the next session. Only by another ATR can anybody see it.
void SimulatedCard::power_anew() {
  const auto before = atr_;
  power(kCold);
  if (atr_ != before) sight_.became(atr_);
}

void SimulatedCard::add(Job job) {
  jobs_.push_back(std::move(job));
  work();
}

void SimulatedCard::work() {
  if (working_ || jobs_.empty()) return;
  working_ = true;
  const Job& job = jobs_.front();
  if (!atr_) {
    end_after({}, false);
  } else if (job.command.empty()) {
    const bool slow = around_.weather == Weather::Rough && around_.choices.one_in(8);
    if (slow) around_.trouble.make();  // the next command waits for it
    end_after(around_.choices.pick(slow ? kLate : kPrompt), true);
  } else {
    execute(job);
  }
}

void SimulatedCard::execute(const Job& job) {
  around_.trace.note("card", "executes");
  oracle_.executed(job.command.view(), CardKind{kind_}, job.session);
  const std::uint32_t mood = around_.weather == Weather::Rough ? around_.choices.below(16) : 0;
  if (mood > 10) around_.trouble.make();
  if (mood == 15) {
    stuck_ = true;
    return;
  }
  end_after(around_.choices.pick(mood >= 12 ? kLate : kPrompt), mood != 11 && mood != 12);
}

void SimulatedCard::end_after(Duration time, bool answers) {
  around_.clock.after(time, [this, answers, round = ++round_] {
    if (round == round_) end(answers);
  });
}

void SimulatedCard::end(bool answers) {
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  working_ = false;
  around_.trace.note("card", answers ? "is done" : "fails");
  if (job.command.empty()) {
    if (answers) power_anew();
    job.after_reset(answers ? atr_ : std::nullopt);
  } else if (answers) {
    job.answer(NumberedCommand::parse(job.command.view())->response());
  } else {
    job.answer(std::nullopt);
  }
  work();
}

}  // namespace vscard::tests::simulation
