#include "tests/simulation/link.hpp"

#include <utility>

namespace vscard::tests::simulation {
namespace {

using namespace std::chrono_literals;

/// Between two tries: session::Link begins with the shortest one, and goes up to 12.5 s.
constexpr std::array<Duration, 4> kPauses{150ms, 200ms, 400ms, 3s};
/// How long a listening end lets a second connection wait for the first one's end.
constexpr Duration kWaitForPreviousPeer = 100ms;

constexpr std::array<Duration, 4> kUntilCut{0ms, 0ms, 5ms, 800ms};
constexpr std::array<Duration, 4> kUnnoticed{0ms, 3ms, 30ms, 500ms};
/// How long a vanished machine is not noticed.
constexpr Duration kKeepAlive = 20s;

}  // namespace

Link::Link(Surroundings& around, VscEnd& connecting, VscEnd& listening)
    : around_(around), connecting_(connecting), listening_(listening) {
  connecting_.on_end = [this] { try_later(); };
  connect();
}

void Link::drop() {
  if (current_.in == nullptr) return;
  around_.trace.note("wire", "drops the connection");
  around_.trouble.make();
  for (const auto& pipe : {current_.in, current_.out}) {
    const bool silent = around_.choices.one_in(16);
    const Duration unnoticed = silent ? kKeepAlive : around_.choices.pick(kUnnoticed);
    around_.clock.after(around_.choices.pick(kUntilCut),
                        [pipe, unnoticed] { pipe->cut(unnoticed); });
  }
}

void Link::set_network(Network network) {
  if (std::exchange(network_, network) == network) return;
  around_.trace.note("wire", network == Network::Up ? "is up" : "is down");
  if (network == Network::Down) drop();
}

void Link::connect() {
  if (network_ == Network::Down) {
    try_later();
    return;
  }
  around_.trace.note("wire", "connects");
  const auto one = std::make_shared<Pipe>(around_);
  const auto other = std::make_shared<Pipe>(around_);
  current_ = {.in = one, .out = other};
  connecting_.serve(current_);
  accept({.in = other, .out = one});
}

void Link::try_later() {
  around_.clock.after(around_.choices.pick(kPauses), [this] { connect(); });
}

void Link::accept(const VscEnd::Stream& stream) {
  if (!listening_.serving()) {
    listening_.serve(stream);
    return;
  }
  around_.clock.after(kWaitForPreviousPeer, [this, stream] {
    if (!listening_.serving()) {
      listening_.serve(stream);
    } else {
      around_.trace.note("wire", "the listening side turns a second connection away");
      stream.out->finish();
    }
  });
}

}  // namespace vscard::tests::simulation
