#include "certs-test/options.hpp"

#include "program/options.hpp"
#include "program/process.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::certs_test {
namespace {

constexpr const char* kDescription =
    "Makes test certificates as soft cards: a CA, and for each subject an NSS database with an\n"
    "identity, a signing and an encryption certificate, with PEM and PKCS#12 files beside it.";
constexpr const char* kFooter =
    "\nExamples:\n"
    "  certs-test mycards\n"
    "  certs-test mycards --subject 'Alice Adams <alice@corp.test>' --subject 'Bob Brown'\n"
    "  certs-test mycards --bad all --pin-file pin.txt";

/// The options as they are written, before they mean anything.
struct Words {
  std::string folder;
  std::vector<std::string> subjects;
  int rsa = 0;
  std::vector<std::string> bad;
  std::string pin_file;
  int pin_fd = -1;
};

std::vector<std::string> bad_words() {
  std::vector<std::string> words{"all"};
  for (const auto& [defect, name] : kDefects) words.emplace_back(name);
  return words;
}

std::vector<Defect> defects_of(const std::vector<std::string>& words) {
  const bool all = std::ranges::count(words, "all") > 0;
  std::vector<Defect> defects;
  for (const auto& [defect, name] : kDefects)
    if (all || std::ranges::count(words, name) > 0) defects.push_back(defect);
  return defects;
}

void define(CLI::App& app, Words& words, CommandLine& line) {
  SoftCardOptions& cards = line.cards;
  program::add_version_option(app);
  app.add_option("folder", words.folder, "where to make them; its parent must exist")->required();
  app.add_option("--subject", words.subjects,
                 R"(a card for this person, "Name" or "Name <user@domain>"; may be repeated)")
      ->default_str("Test User")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--rsa", words.rsa, "bits of each key")
      ->check(CLI::IsMember({2048, 3072, 4096}))
      ->default_val(2048);
  app.add_option("--days", cards.days, "how long the certificates are valid")
      ->check(CLI::Range(1, kMaxDays))
      ->capture_default_str();
  auto* file = app.add_option("--pin-file", words.pin_file,
                              "take the PIN from the file's first line (default: 12345678)");
  app.add_option("--pin-fd", words.pin_fd, "take the PIN from this open file descriptor")
      ->check(CLI::NonNegativeNumber)
      ->excludes(file);
  app.add_option("--bad", words.bad,
                 "make cards, too, whose identity certificate must be refused; a list of")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->check(CLI::IsMember(bad_words()));
  app.add_flag("--force", cards.force, "replace the soft cards that are in the folder");
  program::add_log_option(app, line.level);
  app.footer(kFooter);
}

Result<protocol::SecretBytes> read_pin(const Words& words) {
  if (!words.pin_file.empty()) return read_pin_file(words.pin_file);
  if (words.pin_fd >= 0) return read_pin_fd(words.pin_fd);
  return default_pin();
}

}  // namespace

std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  CLI::App app(kDescription, "certs-test");
  Words words;
  CommandLine line;
  define(app, words, line);
  if (const auto status = program::parse(app, argc, argv)) return std::unexpected(*status);
  line.cards.folder = words.folder;
  if (!words.subjects.empty()) line.cards.subjects = std::move(words.subjects);
  line.cards.rsa = static_cast<RsaBits>(words.rsa);
  line.cards.bad = defects_of(words.bad);
  auto pin = read_pin(words);
  if (!pin) {
    log::error("{}", pin.error().text);
    return std::unexpected(program::kFailed);
  }
  line.cards.pin = std::move(*pin);
  return line;
}

}  // namespace vscard::certs_test
