#include "program/held_signals.hpp"

#include <algorithm>
#include <array>
#include <pthread.h>

namespace vscard::program {
namespace {

constexpr std::array kStops{SIGHUP, SIGINT, SIGTERM};

bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

HeldSignals::HeldSignals() {
  ::sigemptyset(&held_);
  for (const int signal : kStops) {
    if (!is_ignored(signal)) ::sigaddset(&held_, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool HeldSignals::pending() const {
  sigset_t pending{};
  ::sigpending(&pending);
  return std::ranges::any_of(kStops, [&](int signal) {
    return ::sigismember(&held_, signal) == 1 && ::sigismember(&pending, signal) == 1;
  });
}

}  // namespace vscard::program
