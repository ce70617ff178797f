#include "certs-test/options.hpp"
#include "certs-test/soft_cards.hpp"
#include "program/log.hpp"
#include "program/run_program.hpp"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>

namespace {

using namespace vscard;

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

bool stop_is_pending() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

void show(const certs_test::Manifest& manifest, const std::filesystem::path& folder) {
  for (const certs_test::CardEntry& card : manifest.cards)
    fmt::print("{}{}\n", (folder / card.database).string(),
               card.defect.empty() ? "" : fmt::format(" ({})", card.defect));
}

int run(int argc, char** argv) {
  auto line = certs_test::parse_command_line(argc, argv);
  if (!line) return line.error();
  log::set_level(line->level);

  // A signal waits until the half-made folder is removed, then ends the program as usual.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  line->cards.interrupted = stop_is_pending;
  line->cards.progress = [](std::string_view text) { log::info("{}", text); };
  const auto manifest = certs_test::make_soft_cards(line->cards);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);

  if (!manifest) {
    log::error("{}", manifest.error().text);
    return 1;
  }
  show(*manifest, line->cards.folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program("certs-test", [&] { return run(argc, argv); });
}
