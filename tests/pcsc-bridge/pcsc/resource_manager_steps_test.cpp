// Two programs that share a card, each step of which fails in every way that programs, the card and
// the reader have.

#include "tests/fakes/steps.hpp"
#include "tests/pcsc-bridge/pcsc/service_user.hpp"

#include <type_traits>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using std::chrono::seconds;

/// A service, two programs and a card, and what they owe each other: each request has one answer,
/// of one program nothing comes to the other, and the card has one command at a time.
class ServiceWorld {
 public:
  ServiceWorld() { begin_again(); }

  /// It has a context, and a handle to the reader.
  Lines connect(std::uint64_t program) {
    if (programs_.contains(program)) return {};
    const HandleId card = service_.connected(program);
    programs_[program].card = card;
    return {};
  }
  Lines begin(std::uint64_t program) {
    return ask(program, [&] { return service_.begin(program, programs_.at(program).card); });
  }
  Lines end(std::uint64_t program) {
    return ask(program, [&] { return service_.end(program, programs_.at(program).card); });
  }
  Lines transmit(std::uint64_t program) {
    return ask(program, [&] { return service_.transmit(program, programs_.at(program).card); });
  }
  Lines status(std::uint64_t program) { return status(program, program); }
  /// … with the handle of another.
  Lines status(std::uint64_t program, std::uint64_t of) {
    if (!programs_.contains(of)) return {};
    return ask(program, [&] {
      return service_.ask(program, Command::Status, Status{programs_.at(of).card, {}});
    });
  }
  Lines send(std::uint64_t program, Bytes bytes) {
    if (!programs_.contains(program)) return {};
    return noted(service_.send(program, bytes));
  }
  Lines hang_up(std::uint64_t program) {
    if (programs_.erase(program) == 0) return {};
    return noted(service_.hang_up(program));
  }
  Lines insert() { return noted(service_.insert()); }
  Lines remove() { return noted(service_.remove()); }
  Lines remove_reader() {
    at_work_ = false;
    return noted(service_.remove_reader());
  }
  Lines respond() { return std::exchange(at_work_, false) ? noted(service_.respond()) : Lines{}; }
  Lines fail() { return std::exchange(at_work_, false) ? noted(service_.fail()) : Lines{}; }
  Lines wait(protocol::Duration time) { return noted(service_.wait(time)); }
  bool connected(std::uint64_t program) const { return programs_.contains(program); }
  bool waits(std::uint64_t program) const { return programs_.at(program).owed > 0; }
  bool at_work() const { return at_work_; }

  const std::string& wrong() const { return wrong_; }
  /// The card answers, who waits for a turn has waited, and both programs go.
  void end() {
    for (int i = 0; i < 4; ++i) respond();
    wait(seconds(1));
    for (int i = 0; i < 4; ++i) respond();
    for (const auto& [number, program] : programs_) {
      if (program.owed > 0) owed_ = "an answer to program " + std::to_string(number);
    }
    for (const std::uint64_t program : {1U, 2U}) hang_up(program);
  }
  std::string owed() const { return service_.settled() ? owed_ : "a look at a change"; }
  void begin_again() {
    service_.remove_reader();
    service_.add_reader();
  }

 private:
  struct Program {
    HandleId card{};
    int owed = 0;  ///< answers
  };

  template <class Ask>
  Lines ask(std::uint64_t program, Ask ask) {
    if (!programs_.contains(program)) return {};
    ++programs_.at(program).owed;
    return noted(ask());
  }
  /// A connection that is closed is lost.
  Lines noted(Lines lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      note(lines[i]);
      if (!lines[i].starts_with("close ")) continue;
      const auto number = static_cast<std::uint64_t>(lines[i].back() - '0');
      programs_.erase(number);
      for (auto& line : service_.hang_up(number)) lines.push_back(std::move(line));
    }
    return lines;
  }
  /// "1: 8 bytes, 00000000" is the code of an answer that has no more than that.
  void note(std::string& line) {
    if (line == "transmit") {
      if (std::exchange(at_work_, true)) wrong_ = "two commands at a time";
    } else if (line == "abort") {
      if (!std::exchange(at_work_, false)) wrong_ = "an abort of nothing";
    } else if (line.contains(" bytes")) {
      answered(static_cast<std::uint64_t>(line.front() - '0'));
    }
    if (line.contains(": 8 bytes "))
      line = line.substr(0, 10) + ", " + line.substr(line.size() - 8);
  }
  void answered(std::uint64_t program) {
    if (!programs_.contains(program)) {
      wrong_ = "an answer to a program that has gone";
    } else if (--programs_.at(program).owed < 0) {
      wrong_ = "an answer that was not asked for";
    }
  }

  ServiceUser service_;
  std::map<std::uint64_t, Program> programs_;
  bool at_work_ = false;
  std::string wrong_;
  std::string owed_;
};

using Step = fakes::Step<ServiceWorld>;
using Failure = fakes::Failure<ServiceWorld>;

template <class... Arguments>
auto does(Lines (ServiceWorld::*what)(Arguments...), std::type_identity_t<Arguments>... arguments) {
  return [=](ServiceWorld& world) { return (world.*what)(arguments...); };
}

std::vector<Step> script() {
  using World = ServiceWorld;
  const auto status = [](World& world) { return world.status(1); };
  return {
      {"a card is in", does(&World::insert), {}},
      {"a program connects", does(&World::connect, 1), {}},
      {"another", does(&World::connect, 2), {}},
      {"the first has the card", does(&World::begin, 1), {"1: 8 bytes, 00000000"}},
      {"its command", does(&World::transmit, 1), {"transmit"}},
      {"the second waits", does(&World::begin, 2), {}},
      {"the card answers", does(&World::respond), {"1: 34 bytes"}},
      {"the first is done", does(&World::end, 1), {"1: 12 bytes", "2: 8 bytes, 00000000"}},
      {"a command of the second", does(&World::transmit, 2), {"transmit"}},
      {"the first may not look", status, {"1: 8 bytes, 0b001080"}},
      {"the card answers", does(&World::respond), {"2: 34 bytes"}},
      {"the second goes in its transaction", does(&World::hang_up, 2), {"power"}},
      {"the first is told that", does(&World::transmit, 1), {"1: 32 bytes"}},
      {"the card goes", does(&World::remove), {}},
  };
}

/// What no program sends closes its connection, and nobody else's.
auto send_rubbish(std::uint64_t program) {
  return [program](ServiceWorld& world) {
    const std::uint64_t other = 3 - program;
    const bool there = world.connected(other);
    world.send(program, std::vector<std::uint8_t>(200'000, 0xff));
    EXPECT_FALSE(world.connected(program));
    EXPECT_EQ(world.connected(other), there);
  };
}

/// While it waits for an answer, it is not looked at yet what else it asks.
void use_the_others_handle(ServiceWorld& world) {
  const bool looked_at = world.connected(1) && world.connected(2) && !world.waits(2);
  world.status(2, 1);
  EXPECT_FALSE(looked_at && world.connected(2));
}

void stay_silent(ServiceWorld& world) {
  world.wait(std::chrono::minutes(1));
  EXPECT_EQ(world.wait(seconds(0)), Lines{}) << "nothing is due twice";
}

/// The card's answer is not awaited any more, and its last program gets none.
void remove_all(ServiceWorld& world) {
  world.remove_reader();
  EXPECT_FALSE(world.at_work());
  for (const std::uint64_t program : {1U, 2U}) world.transmit(program);
  EXPECT_FALSE(world.at_work()) << "there is no reader";
}

TEST(PcscServiceSteps, FailEachInEveryWay) {
  using World = ServiceWorld;
  const auto doing = [](auto event) { return [event](World& world) { event(world); }; };
  const std::vector<Failure> failures{
      {"the first program goes", doing(does(&World::hang_up, 1))},
      {"the second goes", doing(does(&World::hang_up, 2))},
      {"the first sends rubbish", send_rubbish(1)},
      {"the second does", send_rubbish(2)},
      {"the second uses the first's handle", use_the_others_handle},
      {"the card goes", doing(does(&World::remove))},
      {"another card is in", doing(does(&World::insert))},
      {"the reader goes", remove_all},
      {"the card does not answer", doing(does(&World::fail))},
      {"the card answers", doing(does(&World::respond))},
      {"a minute passes", stay_silent},
      {"the first begins", doing(does(&World::begin, 1))},
      {"the second ends", doing(does(&World::end, 2))},
      {"the second has a command", doing(does(&World::transmit, 2))},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::pcsc
