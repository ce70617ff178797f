// Usage: pcsc-swap CONTROL COUNT
// Removes and inserts the card of the first reader COUNT times, by the control socket of what owns
// it, while SCardGetStatusChange waits, and prints the median and the 99th percentile of the time
// from the command to the event.

#include "program/control_client.hpp"
#include "program/log.hpp"
#include "tests/fakes/pcsc_user.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

using namespace vscard;
using namespace vscard::fakes::pcsc_user;

namespace {

using Clock = std::chrono::steady_clock;

/// Waits for the card to come or go.
class Watch {
 public:
  explicit Watch(const Context& context) : context_(context), reader_(context.readers().at(0)) {
    state_.szReader = reader_.c_str();
    update(0);
  }

  Clock::time_point wait(DWORD wanted) {
    while ((state_.dwCurrentState & wanted) == 0) update(INFINITE);
    return Clock::now();
  }

 private:
  void update(DWORD limit) {
    const LONG status = SCardGetStatusChange(context_.native(), limit, &state_, 1);
    if (status != SCARD_E_TIMEOUT) check(status, "SCardGetStatusChange");
    state_.dwCurrentState = state_.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
  }

  const Context& context_;
  std::string reader_;
  SCARD_READERSTATE state_{};
};

void swap_cards(const std::string& control, unsigned long count) {
  const Context context;
  Watch watch(context);
  watch.wait(SCARD_STATE_PRESENT);
  std::vector<double> microseconds;
  for (unsigned long i = 0; i < 2 * count; ++i) {
    const bool remove = i % 2 == 0;
    auto event = std::async(std::launch::async, [&] {
      return watch.wait(remove ? SCARD_STATE_EMPTY : SCARD_STATE_PRESENT);
    });
    const auto start = Clock::now();
    const auto done = program::control(control, {remove ? "remove" : "insert"});
    if (!done) throw std::runtime_error(done.error().text);
    microseconds.push_back(std::chrono::duration<double, std::micro>(event.get() - start).count());
  }
  std::ranges::sort(microseconds);
  std::printf("count %lu median_us %.0f p99_us %.0f\n", 2 * count, microseconds[count],
              microseconds[2 * count * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  log::start("pcsc-swap");
  try {
    if (argc != 3 || std::stoul(argv[2]) == 0) {
      throw std::runtime_error("usage: pcsc-swap CONTROL COUNT");
    }
    swap_cards(argv[1], std::stoul(argv[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pcsc-swap: %s\n", error.what());
    return 1;
  }
  return 0;
}
