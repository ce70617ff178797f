// A byte stream over NATS from its first byte to its last, each step of which fails in every way
// that a bus and a hostile program on it have.

#include "async/error.hpp"
#include "tests/fakes/flow_pair.hpp"
#include "tests/fakes/steps.hpp"

#include <optional>

namespace vscard::chardev::nats {
namespace {

using fakes::FlowPair;
using fakes::Lines;
using Side = FlowPair::Side;
using std::chrono::seconds;

constexpr std::size_t kLimit = 5000;  ///< bytes of a message

/// Both ends and the bus, which know what may happen to the bytes.
class FlowWorld {
 public:
  FlowPair& pair() { return *pair_; }
  Lines write(Side side, std::size_t size) {
    return {"wrote " + std::to_string(pair_->write(side, size, kLimit))};
  }
  Lines read(Side side, std::size_t size) {
    const std::size_t read = pair_->read(side, size);
    const auto end = pair_->read_end(side);
    return {"read " + std::to_string(read) + (end ? ", then " + end.message() : "")};
  }
  Lines deliver(Side side) {
    const std::size_t before = pair_->coming(side);
    pair_->deliver(side);
    return {std::to_string(before - pair_->coming(side)) + " came"};
  }

  std::string wrong() { return pair_->wrong(); }
  void end() { pair_->part(); }
  std::string owed() {
    for (const auto& [from, to] : {std::pair(Side::A, Side::B), std::pair(Side::B, Side::A)}) {
      const bool all = pair_->read_by(to) == pair_->written_by(from);
      if (!all && !pair_->ended(to)) return "bytes that were written";
    }
    return "";
  }
  void begin_again() { pair_.emplace(); }

 private:
  std::optional<FlowPair> pair_{std::in_place};
};

using Step = fakes::Step<FlowWorld>;
using Failure = fakes::Failure<FlowWorld>;

auto write(Side side, std::size_t size) {
  return [=](FlowWorld& world) { return world.write(side, size); };
}
auto read(Side side, std::size_t size) {
  return [=](FlowWorld& world) { return world.read(side, size); };
}
auto deliver(Side side) {
  return [=](FlowWorld& world) { return world.deliver(side); };
}
auto pass(seconds time) {
  return [=](FlowWorld& world) -> Lines {
    world.pair().pass(time);
    return {};
  };
}

/// Half of what B may send ahead of its reader, in 7 messages.
Lines write_much(FlowWorld& world) {
  Lines last;
  for (int i = 0; i < 7; ++i)
    last = world.write(Side::B, i < 6 ? kLimit : kWindow / 2 - 6 * kLimit);
  return last;
}

Lines deliver_all(FlowWorld& world) {
  std::size_t count = 0;
  for (; world.pair().coming(Side::A) > 0; ++count) world.deliver(Side::A);
  return {std::to_string(count) + " came"};
}

std::vector<Step> script() {
  const auto close = [](FlowWorld& world) -> Lines {
    world.pair().close(Side::A);
    return {};
  };
  return {
      {"A writes", write(Side::A, 10), {"wrote 10"}},
      {"again", write(Side::A, 20), {"wrote 20"}},
      {"the first comes", deliver(Side::B), {"1 came"}},
      {"B reads of it", read(Side::B, 4), {"read 4"}},
      {"the second comes", deliver(Side::B), {"1 came"}},
      {"B reads it all", read(Side::B, 100), {"read 26"}},
      {"there is no more", read(Side::B, 100), {"read 0"}},
      {"B writes more than a message holds", write(Side::B, 2 * kLimit), {"wrote 5000"}},
      {"it comes", deliver(Side::A), {"1 came"}},
      {"A reads", read(Side::A, kLimit), {"read 5000"}},
      {"both show that they are there", pass(kTellEvery), {}},
      {"A's sign", deliver(Side::B), {"1 came"}},
      {"B's sign", deliver(Side::A), {"1 came"}},
      {"B writes much", write_much, {"wrote 2768"}},
      {"it comes", deliver_all, {"7 came"}},
      {"A reads it", read(Side::A, kWindow), {"read 32768"}},
      {"and says so at once", deliver(Side::B), {"1 came"}},
      {"A closes", close, {}},
      {"B is told", deliver(Side::B), {"1 came"}},
      {"B reads the end", read(Side::B, 1), {"read 0, then End of file"}},
  };
}

/// To B comes what the other end cannot have sent: it ends, and A with it.
auto forge(Message message, std::error_code end) {
  return [message = std::move(message), end](FlowWorld& world) {
    const auto before = world.pair().write_end(Side::B);
    const auto bytes = encode(message);
    world.pair().forge(Side::B, bytes.view());
    EXPECT_EQ(world.pair().write_end(Side::B), before ? before : end);
    EXPECT_EQ(world.write(Side::B, 1), Lines{"wrote 0"});
    world.pair().part();
    EXPECT_TRUE(world.pair().ended(Side::A));
  };
}

auto bus(void (FlowPair::*does)(Side), Side side) {
  return [=](FlowWorld& world) { (world.pair().*does)(side); };
}

void stay_silent(FlowWorld& world) {
  world.pair().pass(kSilence);
  for (const Side side : {Side::A, Side::B}) EXPECT_TRUE(world.pair().ended(side));
}

TEST(NatsFlowSteps, FailEachInEveryWay) {
  constexpr Count kBegin = 0xffff0000;  ///< of a FlowPair
  constexpr Count kFar = 0x40000000;
  const std::vector<Failure> failures{
      {"a message to A is lost", bus(&FlowPair::lose, Side::A)},
      {"a message to B is lost", bus(&FlowPair::lose, Side::B)},
      {"a message to A comes twice", bus(&FlowPair::deliver_twice, Side::A)},
      {"a message to B comes twice", bus(&FlowPair::deliver_twice, Side::B)},
      {"messages to A change places", bus(&FlowPair::delay, Side::A)},
      {"messages to B change places", bus(&FlowPair::delay, Side::B)},
      {"A closes", bus(&FlowPair::close, Side::A)},
      {"B closes", bus(&FlowPair::close, Side::B)},
      {"the bus stands still for too long", stay_silent},
      {"B reads", read(Side::B, kWindow)},
      {"bytes from elsewhere", forge(Data{.at = kFar, .read = kBegin, .bytes = {}}, Errc::Lost)},
      {"A has read what was not sent",
       forge(Data{.at = kBegin, .read = kFar, .bytes = {}}, Errc::BadMessage)},
      {"an end elsewhere", forge(Close{.at = kFar}, Errc::Lost)},
      {"there is no such stream", forge(Refuse{"x"}, Errc::NobodyThere)},
      {"a question", forge(Open{.subject = "x"}, Errc::BadMessage)},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::chardev::nats
