// A card in the reader of a vpcd, each step of which fails in every way.

#include "tests/fakes/cards.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/protocol/vpcd/text.hpp"

namespace vscard::protocol::vpcd {
namespace {

using fakes::kAtr;
using fakes::Lines;
using fakes::secret;
using std::chrono::seconds;

constexpr seconds kLimit{5};

/// A card's side, its clock, and the card, which may answer when it likes. To the reader goes one
/// answer for each of its commands, none of them of an earlier connection, and nothing after the
/// end.
class CardWorld {
 public:
  Lines start() {
    card_.start(fakes::atr());
    connected_ = true;
    seen_ = false;
    return {};
  }
  Lines receive(const std::string& hex) { return noted(card_.receive(secret(hex), now_)); }
  Lines respond(const SecretBytes& response) { return noted(card_.respond(response)); }
  Lines respond(const std::string& hex) { return respond(secret(hex)); }
  Lines no_answer() { return noted(card_.no_answer()); }
  Lines wait(Duration duration) {
    now_ += duration;
    return noted(card_.expire(now_));
  }
  Lines lost() {
    card_.lost();
    forget();
    return {};
  }
  bool connected() const { return connected_; }
  bool at_work() const { return at_work_; }

  std::string wrong() const {
    if (card_.deadline().has_value() != at_work_) return "waits at the wrong time";
    if (card_.seen() != seen_) return "is seen at the wrong time";
    return wrong_;
  }
  void end() { lost(); }
  static std::string owed() { return ""; }  // wrong() knows
  static void begin_again() {}

 private:
  void forget() { connected_ = at_work_ = seen_ = false; }
  void note(const VpcdCard::Send& it) {
    const bool is_atr = fakes::to_hex(it.bytes.view().subspan(kLengthSize)) == kAtr;
    if (!is_atr && !std::exchange(at_work_, false)) wrong_ = "an answer to no command";
  }
  void note(const VpcdCard::Seen& /*it*/) {
    if (std::exchange(seen_, true)) wrong_ = "seen twice";
  }
  void note(const VpcdCard::Transmit& /*it*/) {
    if (std::exchange(at_work_, true)) wrong_ = "two commands at a time";
  }
  void note(const VpcdCard::Reset& /*it*/) {
    if (at_work_) wrong_ = "a reset within a command";
  }
  void note(const VpcdCard::Ended& /*it*/) { forget(); }
  Lines noted(const VpcdCard::Actions& actions) {
    for (const auto& action : actions) {
      if (!connected_) wrong_ = "it goes on after the end";
      std::visit([this](const auto& it) { note(it); }, action);
    }
    return test::texts(actions);
  }

  VpcdCard card_{kLimit};
  Time now_{};
  bool connected_ = false;
  bool seen_ = false;
  bool at_work_ = false;
  std::string wrong_;
};

using Step = fakes::Step<CardWorld>;
using Failure = fakes::Failure<CardWorld>;

auto receive(const std::string& hex) {
  return [hex](CardWorld& world) { return world.receive(hex); };
}
auto respond(const std::string& hex) {
  return [hex](CardWorld& world) { return world.respond(hex); };
}

std::vector<Step> script() {
  return {
      {"the reader connects", [](CardWorld& w) { return w.start(); }, {}},
      {"it switches the card on", receive("01"), {}},
      {"it asks for the ATR", receive("04"), {"send 0007" + kAtr, "seen"}},
      {"again", receive("04"), {"send 0007" + kAtr}},
      {"a command", receive("00a4040000"), {"transmit 00a4040000"}},
      {"the card takes its time", [](CardWorld& w) { return w.wait(kLimit - seconds(1)); }, {}},
      {"and answers", respond("9000"), {"send 00029000"}},
      {"the reader is there still", receive("04"), {"send 0007" + kAtr}},
      {"a reset", receive("02"), {"warm reset"}},
      {"a command", receive("0084000008"), {"transmit 0084000008"}},
      {"its answer", respond("6a81"), {"send 00026a81"}},
      {"it switches the card off", receive("00"), {"down"}},
      {"it goes", [](CardWorld& w) { return w.lost(); }, {}},
  };
}

Lines error(Errc errc) { return {make_error_code(errc).message()}; }

/// One error if a command is at work, and nothing otherwise.
auto ends_a_command(std::function<Lines(CardWorld&)> event, Errc errc) {
  return [event = std::move(event), errc](CardWorld& world) {
    const bool at_work = world.at_work();
    EXPECT_EQ(event(world), at_work ? error(errc) : Lines{});
    EXPECT_EQ(world.respond("9000"), Lines{}) << "too late";
  };
}

void receive_nothing(CardWorld& world) {
  const Errc errc = world.at_work() ? Errc::UnexpectedMessage : Errc::BadLength;
  EXPECT_EQ(world.receive(""), world.connected() ? error(errc) : Lines{});
}

/// The reader may not ask within a command, be it for the ATR.
auto receive_early(const std::string& hex) {
  return [hex](CardWorld& world) {
    const bool at_work = world.at_work();
    const Lines lines = world.receive(hex);
    if (at_work) {
      EXPECT_EQ(lines, error(Errc::UnexpectedMessage));
    }
  };
}

void swap_readers(CardWorld& world) {
  world.lost();
  world.start();
  EXPECT_EQ(world.respond("9000"), Lines{}) << "the answer to the first reader";
  EXPECT_EQ(world.no_answer(), Lines{});
}

TEST(VpcdCardSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"the reader goes", [](CardWorld& world) { world.lost(); }},
      {"the card fails", ends_a_command([](auto& w) { return w.no_answer(); }, Errc::CardFailed)},
      {"the card does not answer in time",
       ends_a_command([](auto& w) { return w.wait(kLimit); }, Errc::NoAnswer)},
      {"an answer that is too long",
       ends_a_command([](auto& w) { return w.respond(SecretBytes::zeros(kMaxMessage + 1)); },
                      Errc::CardFailed)},
      {"an answer, asked for or not", respond("6985")},
      {"nothing", receive_nothing},
      {"a command", receive_early("00b0000000")},
      {"the reader asks for the ATR", receive_early("04")},
      {"the reader resets", receive_early("02")},
      {"another reader comes in its place", swap_readers},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::protocol::vpcd
