#include "certs-test/options.hpp"

#include "program/options.hpp"
#include "program/process.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::certs_test {
namespace {

constexpr const char* kDescription =
    "Makes test certificates as soft cards: a CA, and for each subject a card with an identity, a\n"
    "signing and an encryption certificate, with PEM and PKCS#12 files beside it.";
constexpr const char* kFooter =
    "\nExamples:\n"
    "  certs-test mycards\n"
    "  certs-test mycards --subject 'Alice Adams <alice@corp.test>' --subject 'Bob Brown'\n"
    "  certs-test mycards --type piv --key p256\n"
    "  certs-test mycards --bad all --pin-file pin.txt";

/// The options as they are written, before they mean anything.
struct Words {
  std::string folder;
  std::vector<std::string> subjects;
  std::string type = "cac";
  std::string key = "rsa2048";
  int rsa = 0;
  std::vector<std::string> bad;
  bool full_rounds = false;
  std::string pin_file;
  int pin_fd = -1;
};

std::vector<std::string> names_of(const auto& table) {
  std::vector<std::string> names;
  for (const auto& [value, name] : table) names.emplace_back(name);
  return names;
}

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

void define(program::CommandLineParser& parser, Words& words, CommandLine& line) {
  SoftCardOptions& cards = line.cards;
  using Range = program::Option::Range;
  parser.add_version_option();
  parser.add({.name = "folder",
              .into = &words.folder,
              .text = "where to make them; its parent must exist",
              .required = true});
  parser.add({.name = "--subject",
              .into = &words.subjects,
              .text =
                  "a card for this person, \"Name\" or \"Name <user@domain>\"; may be repeated\n"
                  "(default: Test User)",
              .value = "SUBJECT"});
  parser.add({.name = "--type",
              .into = &words.type,
              .text = "the kind of card: an NSS database, or the folder of a PIV card",
              .shown = words.type,
              .choices = names_of(kCardTypes)});
  parser.add({.name = "--key",
              .into = &words.key,
              .text = "what each key is; p256 and p384 need --type piv",
              .shown = words.key,
              .choices = names_of(kKeyKinds)});
  parser.add({.name = "--rsa",
              .into = &words.rsa,
              .text = "bits of each key: as --key rsa2048 and so on",
              .choices = {"2048", "3072", "4096"},
              .excludes = "--key"});
  parser.add({.name = "--days",
              .into = &cards.days,
              .text = fmt::format("how long the certificates are valid, 1 to {}", kMaxDays),
              .value = "DAYS",
              .shown = std::to_string(cards.days),
              .range = Range{.least = 1, .most = kMaxDays}});
  parser.add({.name = "--pin-file",
              .into = &words.pin_file,
              .text = "take the PIN from the file's first line (default: 12345678)",
              .value = "FILE"});
  parser.add({.name = "--pin-fd",
              .into = &words.pin_fd,
              .text = "take the PIN from this open file descriptor",
              .range = Range{.least = 0, .most = std::numeric_limits<int>::max()},
              .excludes = "--pin-file"});
  parser.add(
      {.name = "--full-rounds",
       .into = &words.full_rounds,
       .text = "let NSS derive keys from the PIN in 10,000 rounds, as it does by itself; slows "
               "down\nthe card: most of the time of a signature is then spent on them; of a PIV\n"
               "card, make each try of the PIN take 70 ms"});
  parser.add({.name = "--bad",
              .into = &words.bad,
              .text = "also make cards whose identity certificate must be refused; a list",
              .choices = bad_words(),
              .separator = ','});
  parser.add(
      {.name = "--force", .into = &cards.force, .text = "replace the soft cards in the folder"});
  program::add_log_option(parser, line.level);
}

Result<protocol::SecretBytes> read_pin(const Words& words) {
  if (!words.pin_file.empty()) return read_pin_file(words.pin_file);
  if (words.pin_fd >= 0) return read_pin_fd(words.pin_fd);
  return default_pin();
}

}  // namespace

std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  program::CommandLineParser parser("certs-test", kDescription, kFooter);
  Words words;
  CommandLine line;
  define(parser, words, line);
  if (const auto status = parser.parse(argc, argv)) return std::unexpected(*status);
  line.cards.folder = words.folder;
  if (!words.subjects.empty()) line.cards.subjects = std::move(words.subjects);
  line.cards.type = value_in(kCardTypes, words.type).value();
  const std::string key = words.rsa == 0 ? words.key : "rsa" + std::to_string(words.rsa);
  line.cards.keys = KeyKinds::all(value_in(kKeyKinds, key).value());
  if (words.full_rounds) line.cards.key_derivation = KeyDerivation::Full;
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
