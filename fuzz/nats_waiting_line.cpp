#include "chardev/nats/waiting_line.hpp"
#include "protocol/bytes.hpp"

#include <algorithm>
#include <string>

using namespace vscard;
using chardev::nats::Waiter;
using chardev::nats::WaitingLine;

// Some come, ask again, leave and are forgotten. Of those who are in the line, each is in it once,
// and nobody is behind one that has waited for less time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  WaitingLine line;
  protocol::Time now{std::chrono::hours(1)};
  while (in.remaining() >= 3) {
    const std::uint8_t what = in.u8() % 4;
    const std::string subject = std::to_string(in.u8());
    const std::chrono::seconds much(in.u8());
    if (what == 0) line.leave(subject);
    if (what == 1) line.forget_silent(now += much);
    if (what > 1) {
      const bool in_line =
          line.put({.subject = subject, .labels = {}, .since = now - much, .heard = now});
      if (in_line != (line.place_of(subject) != 0)) __builtin_trap();
    }
    if (!std::ranges::is_sorted(line.waiters(), {}, &Waiter::since)) __builtin_trap();
    for (std::size_t i = 0; i < line.waiters().size(); ++i) {
      if (line.place_of(line.waiters()[i].subject) != i + 1) __builtin_trap();
    }
  }
  return 0;
}
