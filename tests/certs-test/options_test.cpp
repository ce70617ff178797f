// The command line of certs-test: what it means, and what is said of a wrong one.

#include "certs-test/options.hpp"

#include "program/process.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace vscard::certs_test {
namespace {

using Words = std::vector<std::string>;

std::expected<CommandLine, int> parse(const Words& words) {
  std::vector<const char*> argv{"certs-test"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

/// The exit status and what was printed, "0 …", "2 certs-test: error: …".
std::string refusal(const Words& words) {
  log::start("certs-test");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const auto parsed = parse(words);
  const std::string text =
      testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  return parsed ? "accepted" : std::to_string(parsed.error()) + " " + text;
}

TEST(CertsTestOptions, HaveDefaults) {
  const auto line = parse({"cards"}).value();
  EXPECT_EQ(line.cards.folder, "cards");
  EXPECT_EQ(line.cards.subjects, Words{"Test User"});
  EXPECT_EQ(line.cards.type, CardType::Cac);
  EXPECT_EQ(line.cards.keys, KeyKinds::all(KeyKind::Rsa2048));
  EXPECT_EQ(line.cards.days, 3650);
  EXPECT_EQ(line.cards.pin, default_pin());
  EXPECT_EQ(line.cards.key_derivation, KeyDerivation::Quick);
  EXPECT_TRUE(line.cards.bad.empty());
  EXPECT_FALSE(line.cards.force);
  EXPECT_EQ(line.level, log::Level::Info);
}

TEST(CertsTestOptions, SayWhatIsMade) {
  const auto line =
      parse({"cards", "--subject", "Alice Adams <alice@corp.test>", "--subject", "Bob", "--rsa",
             "4096", "--days", "1", "--full-rounds", "--force", "--log-level", "warning"})
          .value();
  EXPECT_EQ(line.cards.subjects, (Words{"Alice Adams <alice@corp.test>", "Bob"}));
  EXPECT_EQ(line.cards.keys, KeyKinds::all(KeyKind::Rsa4096));
  EXPECT_EQ(line.cards.days, 1);
  EXPECT_EQ(line.cards.key_derivation, KeyDerivation::Full);
  EXPECT_TRUE(line.cards.force);
  EXPECT_EQ(line.level, log::Level::Warning);
}

TEST(CertsTestOptions, NameTypesAndKeys) {
  const auto piv = parse({"c", "--type", "piv", "--key", "p384"}).value();
  EXPECT_EQ(piv.cards.type, CardType::Piv);
  EXPECT_EQ(piv.cards.keys, KeyKinds::all(KeyKind::P384));
  EXPECT_EQ(parse({"c", "--rsa", "3072"}).value().cards.keys, KeyKinds::all(KeyKind::Rsa3072));
  EXPECT_EQ(parse({"c", "--type", "cac"}).value().cards.type, CardType::Cac);
}

TEST(CertsTestOptions, NameBadCardsInAnyOrderAndAllAtOnce) {
  using Defects = std::vector<Defect>;
  EXPECT_EQ(parse({"c", "--bad", "revoked,expired"}).value().cards.bad,
            (Defects{Defect::Expired, Defect::Revoked}));
  EXPECT_EQ(parse({"c", "--bad", "expired", "--bad", "expired"}).value().cards.bad,
            Defects{Defect::Expired});
  EXPECT_EQ(parse({"c", "--bad", "all"}).value().cards.bad.size(), kDefects.size());
  EXPECT_EQ(parse({"c", "--bad", "all,revoked"}).value().cards.bad.size(), kDefects.size());
}

TEST(CertsTestOptions, TakeThePinFromAFileButNotFromTheLine) {
  const test::TempFolder folder;
  const std::string path = folder.path() / "pin";
  std::ofstream(path) << "4711\n";
  const auto line = parse({"c", "--pin-file", path}).value();
  EXPECT_EQ(line.cards.pin.size(), 4U);
  EXPECT_TRUE(refusal({"c", "--pin", "4711"}).starts_with("2 certs-test: error: "));
  std::ofstream(path) << "123\n";
  const std::string refused = refusal({"c", "--pin-file", path});
  EXPECT_TRUE(refused.starts_with("1 certs-test: error: ")) << refused;
  EXPECT_EQ(refused.find("123"), std::string::npos) << "a PIN is not shown";
}

TEST(CertsTestOptions, KeepToTheirLimits) {
  EXPECT_TRUE(parse({"c", "--days", "36500"}));
  for (const Words& words : std::vector<Words>{{},
                                               {"a", "b"},
                                               {"c", "--days", "0"},
                                               {"c", "--days", "36501"},
                                               {"c", "--days", "many"},
                                               {"c", "--rsa", "1024"},
                                               {"c", "--key", "rsa1024"},
                                               {"c", "--key", "p256", "--rsa", "2048"},
                                               {"c", "--type", "cat"},
                                               {"c", "--bad", "forged"},
                                               {"c", "--pin-fd", "-1"},
                                               {"c", "--pin-fd", "0", "--pin-file", "f"},
                                               {"c", "--log-level", "loud"},
                                               {"c", "--subject"},
                                               {"c", "--nonsense"}}) {
    const std::string refused = refusal(words);
    EXPECT_TRUE(refused.starts_with("2 certs-test: error: ")) << testing::PrintToString(words);
    EXPECT_EQ(std::ranges::count(refused, '\n'), 1) << refused;
    EXPECT_TRUE(refused.ends_with(" (certs-test --help lists the options)\n")) << refused;
  }
}

TEST(CertsTestOptions, TellOfThemselves) {
  EXPECT_TRUE(refusal({"--version"}).starts_with("0 certs-test (vscard) "));
  const std::string help = refusal({"--help"});
  EXPECT_TRUE(help.starts_with("0 ")) << help;
  for (const auto& [defect, name] : kDefects) {
    EXPECT_NE(help.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace vscard::certs_test
