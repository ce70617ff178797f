#include "certs-test/options.hpp"
#include "certs-test/soft_cards.hpp"
#include "program/held_signals.hpp"
#include "program/log.hpp"
#include "program/run_program.hpp"

#include <fmt/core.h>

#include <cstdio>

namespace {

using namespace vscard;

void show(const certs_test::Manifest& manifest, const std::filesystem::path& folder) {
  for (const certs_test::CardEntry& card : manifest.cards)
    fmt::print("{}{}\n", (folder / card.folder).string(),
               card.defect.empty() ? "" : fmt::format(" ({})", card.defect));
}

/// A signal waits until the half-made folder is removed, then ends the program as usual.
Result<certs_test::Manifest> make(certs_test::SoftCardOptions& options) {
  const program::HeldSignals held;
  options.interrupted = [&held] { return held.pending(); };
  options.progress = [](std::string_view text) { log::info("{}", text); };
  return certs_test::make_soft_cards(options);
}

void warn(const certs_test::SoftCardOptions& options) {
  if (options.keys.identity != certs_test::KeyKind::Rsa4096) return;
  log::warning(
      "OpenSC cannot use keys of more than 3072 bits on such a card: it lists them, but does not "
      "sign or decrypt with them; --key rsa3072 makes keys that it can use");
}

int run(int argc, char** argv) {
  auto line = certs_test::parse_command_line(argc, argv);
  if (!line) return line.error();
  log::set_level(line->level);
  warn(line->cards);

  const auto manifest = make(line->cards);
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
