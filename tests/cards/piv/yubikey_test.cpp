// The card beside real YubiKeys, tests/data/yubikey-piv.txt.

#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace vscard::cards::piv {
namespace {

struct Exchange {
  std::string command;
  std::string answer;  ///< what is a card's own stands in brackets
};
struct Example {
  std::string name;
  std::vector<Exchange> exchanges = {};
};

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

std::vector<Example> examples() {
  std::vector<Example> all;
  std::ifstream file(VSCARD_TEST_DATA "/yubikey-piv.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("= ")) all.push_back({.name = line.substr(2)});
    if (line.starts_with("> "))
      all.back().exchanges.push_back({.command = without_blanks(line.substr(2)), .answer = ""});
    if (line.starts_with("< ")) all.back().exchanges.back().answer = without_blanks(line.substr(2));
  }
  return all;
}

/// `answer` with dots for what stands in brackets in `golden`; and, of that itself, the same.
std::string blotted(const std::string& golden, std::string answer) {
  std::size_t at = 0;
  bool own = false;
  for (const char c : golden) {
    if (c == '[' || c == ']') {
      own = c == '[';
    } else if (at < answer.size()) {
      answer[at] = own ? '.' : answer[at];
      ++at;
    }
  }
  return answer;
}
std::string blotted(const std::string& golden) {
  std::string bytes = golden;
  std::erase_if(bytes, [](char c) { return c == '[' || c == ']'; });
  return blotted(golden, bytes);
}

/// As the heads of the examples say.
CardUser card_of_the_examples() {
  CardUser user;
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(user.raw("00fa0505"), "9000");
  EXPECT_THAT(user.send("0047009a", "ac03800111"), testing::EndsWith("9000"));
  EXPECT_THAT(user.send("0047009c", "ac03800107"), testing::EndsWith("9000"));
  return user;
}

TEST(PivCard, AnswersAsAYubiKeyDoes) {
  CardUser user = card_of_the_examples();
  const auto all = examples();
  EXPECT_EQ(all.size(), 13U);
  for (const Example& example : all) {
    user.reset();
    for (const Exchange& it : example.exchanges)
      EXPECT_EQ(blotted(it.answer, user.whole(it.command)), blotted(it.answer)) << example.name;
  }
}

}  // namespace
}  // namespace vscard::cards::piv
