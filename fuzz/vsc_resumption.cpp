#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/resumption.hpp"
#include "tests/fakes/breaking_line.hpp"

using namespace vscard;
using namespace vscard::protocol;

namespace {

/// Both ends are ours, and the line does what it likes.
void break_a_line(Bytes events) {
  fakes::BreakingLine line;
  for (const std::uint8_t event : events) line.step(event);
  line.settle();
  if (!line.wrong().empty() || line.pending() || !line.cards_seen()) __builtin_trap();
}

/// Counts what is to be done.
struct Count final : vsc::Resumption::Ends {
  void write(Bytes /*messages*/) override { ++actions; }
  void deliver(vsc::Message /*message*/) override { ++actions; }
  void restart() override { ++actions; }
  void resumed() override { ++actions; }
  void ended(Errc /*error*/) override { ++actions; }
  int actions = 0;
};

/// A hostile peer, over one connection after the other: nothing is written while there is none.
void meet_a_stranger(Bytes bytes, vsc::Resumption::Side side) {
  Count count;
  vsc::Resumption machine(side, count);
  Time now{};
  vsc::Resumption::Random random;
  machine.connected(random, now);
  vsc::Decoder decoder;
  decoder.feed(bytes);
  for (auto message = decoder.next(); message && *message; message = decoder.next()) {
    const auto event = static_cast<std::uint32_t>((*message)->reader) >> 8;
    machine.receive(std::move(**message), now);
    if ((event & 1) != 0) machine.send({vsc::kUndefinedReader, vsc::ExtHello{}});
    if ((event & 2) != 0) machine.send({vsc::ReaderId{0}, vsc::CardRemove{}});
    if ((event & 4) != 0) machine.expire(now += std::chrono::seconds(1));
    if ((event & 8) == 0) continue;
    machine.disconnected(now);
    count.actions = 0;
    machine.send({vsc::ReaderId{0}, vsc::CardRemove{}});
    if (count.actions > 0 && machine.suspended()) __builtin_trap();
    random.secret.fill(random.secret[0] + 1);
    machine.connected(random, now);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  if (data[0] % 3 == 0) break_a_line(bytes);
  if (data[0] % 3 == 1) meet_a_stranger(bytes, vsc::Resumption::Side::Host);
  if (data[0] % 3 == 2) meet_a_stranger(bytes, vsc::Resumption::Side::Client);
  return 0;
}
