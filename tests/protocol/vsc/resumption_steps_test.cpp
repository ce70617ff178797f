// A conversation over two connections, each step of which fails in every way that a line and a
// stranger have.

#include "protocol/vsc/decoder.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/protocol/vsc/resumption_messages.hpp"

#include <algorithm>
#include <concepts>

namespace vscard::protocol::vsc {
namespace {

using namespace std::chrono_literals;
using fakes::Lines;
using test::hello;
using test::init;
using test::numbered;
using test::proof;
using test::random_of;
using test::with;
using Side = Resumption::Side;

constexpr std::uint8_t kPeer = 2;      ///< whose conversation it is
constexpr std::uint8_t kStranger = 9;  ///< whose it is not

/// One end, its streams one after the other, and the rules: without a stream nothing is written; on
/// a further one, nothing of the conversation is given to a peer that has not proved itself, nor
/// taken from it; and a stream ends once.
class ResumptionWorld : private Resumption::Ends {
 public:
  explicit ResumptionWorld(Side side) : machine_(side, *this) {}

  Lines connect(std::uint8_t seed) {
    if (std::exchange(stream_, true)) return {};
    ended_ = proved_ = restarted_ = false;
    waited_ = machine_.suspended();
    machine_.connected(random_of(seed), now_);
    return take_lines();
  }
  /// The machine has nothing to say that has lost its connection.
  Lines send(Message message) {
    if (!stream_ && !machine_.suspended()) return {};
    machine_.send(std::move(message));
    return take_lines();
  }
  Lines receive(Message message) {
    if (!stream_) return {};
    const auto* resume = std::get_if<Resume>(&message.body);
    const bool has_proof = resume != nullptr && resume->proof;
    proved_ |= has_proof && resume->proof->secret == random_of(kPeer).secret;
    machine_.receive(std::move(message), now_);
    return take_lines();
  }
  Lines disconnect() {
    if (std::exchange(stream_, false)) machine_.disconnected(now_);
    return take_lines();
  }
  Lines say_bye() {
    if (!stream_) return {};
    machine_.say_bye();
    return take_lines();
  }
  Lines pass(Duration time) {
    now_ += time;
    const auto due = machine_.deadline();
    if (stream_) {
      machine_.expire(now_);
    } else if (due && now_ >= *due) {
      machine_.forget();
    }
    return take_lines();
  }
  bool connected() const { return stream_; }
  bool suspended() const { return machine_.suspended(); }
  bool ended() const { return ended_; }

  const std::string& wrong() const { return wrong_; }
  void end() {
    disconnect();
    machine_.forget();
  }
  std::string owed() const { return machine_.deadline() ? "a conversation that is forgotten" : ""; }
  static void begin_again() {}

 private:
  static bool of_conversation(const Message& message) {
    return std::holds_alternative<Apdu>(message.body);
  }
  void rule(bool kept, const char* rule) {
    if (!kept) wrong_ = rule;
  }

  void write(Bytes messages) override {
    rule(stream_ && !ended_, "written without a stream");
    Decoder decoder;
    decoder.feed(messages);
    for (auto it = decoder.next(); it && *it; it = decoder.next()) {
      rule(!of_conversation(**it) || is_peer(), "a stranger gets what is the peer's");
      lines_.push_back(test::text(**it));
    }
  }
  void deliver(Message message) override {
    rule(!of_conversation(message) || is_peer(), "a stranger takes part");
    lines_.push_back("deliver " + test::text(message));
  }
  void restart() override {
    rule(waited_ && !std::exchange(restarted_, true), "a restart of nothing");
    lines_.emplace_back("restart");
  }
  void resumed() override {
    rule(waited_ && proved_, "resumed without a proof");
    lines_.emplace_back("resumed");
  }
  void ended(Errc error) override {
    rule(!std::exchange(ended_, stream_), "ended twice");
    lines_.push_back("ended: " + make_error_code(error).message());
  }
  bool is_peer() const { return !waited_ || proved_ || restarted_; }
  /// A stream that is to be closed is lost.
  Lines take_lines() {
    if (ended_ && std::exchange(stream_, false)) machine_.disconnected(now_);
    return std::exchange(lines_, {});
  }

  Resumption machine_;
  Time now_{};
  bool stream_ = false;
  bool ended_ = false;      ///< of this stream
  bool waited_ = false;     ///< a conversation, when this stream came
  bool proved_ = false;     ///< on this stream
  bool restarted_ = false;  ///< on this stream
  std::string wrong_;
  Lines lines_;
};

struct ClientWorld : ResumptionWorld {
  ClientWorld() : ResumptionWorld(Side::Client) {}
};
struct HostWorld : ResumptionWorld {
  HostWorld() : ResumptionWorld(Side::Host) {}
};

auto connect(std::uint8_t seed) {
  return [seed](ResumptionWorld& world) { return world.connect(seed); };
}
Lines disconnect(ResumptionWorld& world) { return world.disconnect(); }
auto pass(Duration time) {
  return [time](ResumptionWorld& world) { return world.pass(time); };
}
template <std::invocable Make>
auto send(Make make) {
  return [make](ResumptionWorld& world) { return world.send(make()); };
}
template <std::invocable Make>
auto receive(Make make) {
  return [make](ResumptionWorld& world) { return world.receive(make()); };
}
auto send(std::uint8_t number) {
  return send([number] { return numbered(number); });
}
auto receive(std::uint8_t number) {
  return receive([number] { return numbered(number); });
}
auto receive_proof(std::uint8_t seed, std::uint32_t received) {
  return receive([=] { return proof(seed, received); });
}

/// A peer's hello, with the conversation that it asks for.
Message hello_of(std::uint8_t seed, std::optional<ResumePoint> earlier = std::nullopt) {
  return hello(
      {.secret = random_of(seed).secret, .session = random_of(seed).session, .earlier = earlier});
}
Message hello_for(std::uint8_t session, std::uint32_t received) {
  return hello_of(4, ResumePoint{random_of(session).session, received});
}

std::vector<fakes::Step<ClientWorld>> client_script() {
  return {
      {"a host is there", connect(1), {}},
      {"Init", send(init), {"Init"}},
      {"the host's", receive(init), {"deliver Init"}},
      {"ExtHello", send([] { return hello({}); }), {"ExtHello"}},
      {"the host's", receive([] { return hello_of(kPeer); }), {"deliver ExtHello"}},
      {"a message", send(1), {"0100"}},
      {"its answer", receive(11), {"deliver 0b00"}},
      {"the host is told", pass(200ms), {"Received 1"}},
      {"the host has the message", receive([] { return with(Received{1}); }), {}},
      {"another", send(2), {"0200"}},
      {"the stream breaks", disconnect, {}},
      {"a message that waits", send(3), {}},
      {"a host is there", connect(3), {"Init"}},
      {"Init", receive(init), {"ExtHello for 1 1"}},
      {"ExtHello", receive([] { return hello_of(4); }), {}},
      {"it knows us", receive_proof(kPeer, 1), {"Resume 1 1", "0200", "0300", "resumed"}},
      {"it answers", receive(12), {"deliver 0c00"}},
      {"it says farewell", receive([] { return with(Bye{}); }), {}},
      {"and goes", disconnect, {}},
  };
}

std::vector<fakes::Step<HostWorld>> host_script() {
  return {
      {"a client is there", connect(1), {}},
      {"its Init", receive(init), {"deliver Init"}},
      {"ours", send(init), {"Init"}},
      {"ExtHello", send([] { return hello({}); }), {"ExtHello"}},
      {"the client's", receive([] { return hello_of(kPeer); }), {"deliver ExtHello"}},
      {"a command", send(1), {"0100"}},
      {"its answer", receive(11), {"deliver 0b00"}},
      {"the next", send(2), {"0200"}},
      {"the stream breaks", disconnect, {}},
      {"a client is there", connect(3), {}},
      {"its Init", receive(init), {"Init", "ExtHello"}},
      {"it wants to go on", receive([] { return hello_for(kPeer, 1); }), {"Resume 1 1"}},
      {"it proves itself", receive_proof(kPeer, 1), {"0200", "resumed"}},
      {"it answers", receive(12), {"deliver 0c00"}},
      {"it is told", pass(200ms), {"Received 2"}},
      {"we say farewell", [](ResumptionWorld& world) { return world.say_bye(); }, {"Bye"}},
      {"it goes", disconnect, {}},
  };
}

/// Somebody else comes in the place of the peer, and says whatever helps. In the end there is no
/// conversation with the peer, or it waits still.
void meet_a_stranger(ResumptionWorld& world) {
  world.disconnect();
  const bool waited = world.suspended();
  world.connect(5);
  world.receive(init());
  world.receive(hello_for(kPeer, 0));
  const Lines lines = world.receive(proof(kStranger, 0));
  EXPECT_TRUE(!waited || world.ended());
  EXPECT_LE(lines.size(), 1U);
  world.disconnect();
}

/// A message more than may wait ends a conversation that is counted, which then waits no more.
void keep_too_much(ResumptionWorld& world) {
  const bool counted = !world.connected() && world.suspended();
  Lines last;
  for (int i = 0; i < 257; ++i) last = world.send(numbered(7));
  if (counted) {
    EXPECT_EQ(last, Lines{"ended: " + make_error_code(Errc::TooManyCommands).message()});
  }
  world.pass(0ms);
  EXPECT_FALSE(counted && world.suspended());
}

void wait_too_long(ResumptionWorld& world) {
  world.disconnect();
  world.pass(kGrace);
  EXPECT_FALSE(world.suspended());
}

/// Whoever comes just before that does not make it longer.
void hold_the_line(ResumptionWorld& world) {
  world.disconnect();
  world.pass(kGrace - 1s);
  world.connect(5);
  world.pass(1s);
  world.disconnect();
  EXPECT_FALSE(world.suspended());
}

/// A peer cannot have received what was not sent: with that, nothing goes on.
void count_wrong(ResumptionWorld& world) {
  const bool connected = world.connected();
  EXPECT_EQ(world.receive(with(Received{1000})).size(), connected ? 1U : 0U);
}
void go_on_elsewhere(ResumptionWorld& world) {
  Lines lines = world.receive(hello_for(kPeer, 1000));
  for (const auto& line : world.receive(proof(kPeer, 1000))) lines.push_back(line);
  EXPECT_EQ(std::ranges::count(lines, "resumed"), 0);
}

/// A peer that is to show that it is ours has its time for that; any other may be silent.
void be_silent(ResumptionWorld& world) {
  const bool was_connected = world.connected();
  const bool asked = was_connected && world.suspended();
  world.pass(20s);
  EXPECT_EQ(world.connected(), was_connected && !asked);
}

template <class World>
std::vector<fakes::Failure<World>> failures() {
  const auto says = [](auto make) { return [make](World& world) { world.receive(make()); }; };
  return {
      {"the stream breaks", [](World& world) { world.disconnect(); }},
      {"it breaks for too long", wait_too_long},
      {"somebody holds the line meanwhile", hold_the_line},
      {"the peer is silent", be_silent},
      {"a stranger comes", meet_a_stranger},
      {"more is sent than may wait", keep_too_much},
      {"a message too early, or once more", says([] { return numbered(11); })},
      {"it has what was not sent", count_wrong},
      {"it knows no conversation", says([] { return with(Resume{}); })},
      {"a stranger's proof", says([] { return proof(kStranger); })},
      {"it goes on with what was not sent", go_on_elsewhere},
      {"a proof with a count that cannot be",
       [](World& world) { world.receive(proof(kPeer, 1000)); }},
      {"its Init, again", says(init)},
      {"an Init without the extension", says([] { return Message{ReaderId{0}, Init{}}; })},
      {"its ExtHello, again", says([] { return hello_of(kPeer); })},
      {"an ExtHello that does not resume", says([] { return hello({}); })},
      {"it asks for another conversation", says([] { return hello_for(kStranger, 0); })},
      {"it asks for ours", says([] { return hello_for(kPeer, 0); })},
      {"Bye", says([] { return with(Bye{}); })},
      {"an unknown message", says([] { return with(Unknown{0x999, 0}); })},
      {"this end says farewell", [](World& world) { world.say_bye(); }},
  };
}

TEST(ResumptionSteps, FailEachInEveryWayAtAClient) {
  fakes::for_each_step_failing(client_script(), failures<ClientWorld>());
}

TEST(ResumptionSteps, FailEachInEveryWayAtAHost) {
  fakes::for_each_step_failing(host_script(), failures<HostWorld>());
}

}  // namespace
}  // namespace vscard::protocol::vsc
