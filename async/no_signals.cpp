#include "async/no_signals.hpp"

#include <csignal>

namespace vscard::async {

void take_no_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace vscard::async
