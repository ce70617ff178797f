#include "program/words.hpp"

#include <gtest/gtest.h>

#include <random>

namespace vscard::program {
namespace {

Failure error_of(std::string_view line) {
  const auto words = split_words(line);
  return words ? Failure("no error") : words.error();
}

/// What arrives of words that are sent, and that it was one line.
Words sent(const Words& words) {
  const std::string line = join_words(words);
  EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  const auto arrived = split_words(line);
  EXPECT_TRUE(arrived) << line;
  return arrived.value_or(Words{"nothing"});
}

TEST(SplitWords, TakesTheLinesOfOldClientsAsTheyMeantThem) {
  EXPECT_EQ(split_words("insert"), Words{"insert"});
  EXPECT_EQ(split_words(""), Words{});
  EXPECT_EQ(split_words(" \t \r"), Words{});
  EXPECT_EQ(split_words("  insert  'my card'\t1 \r"), (Words{"insert", "my card", "1"}));
  EXPECT_EQ(split_words("a''b ''"), (Words{"ab", ""}));
  EXPECT_EQ(split_words("my' 'card"), Words{"my card"});
  EXPECT_EQ(split_words(R"(remove C:\card "x" $HOME \n)"),
            (Words{"remove", R"(C:\card)", R"("x")", "$HOME", R"(\n)"}));
  EXPECT_EQ(split_words(R"('a\nb' '$x')"), (Words{R"(a\nb)", "$x"}));
  EXPECT_EQ(split_words("caf\xc3\xa9 \xff"), (Words{"caf\xc3\xa9", "\xff"}));
}

TEST(SplitWords, KnowsTheEscapesOfAShell) {
  EXPECT_EQ(split_words(R"(insert $'Bob\'s card\n')"), (Words{"insert", "Bob's card\n"}));
  EXPECT_EQ(split_words(R"($'\\\r\t\x41\xff' $'')"), (Words{"\\\r\tA\xff", ""}));
  EXPECT_EQ(split_words(R"($'\x00')"), Words{std::string(1, '\0')});
  EXPECT_EQ(split_words(R"(a$'\x20'b'c d')"), Words{"a bc d"});
}

TEST(SplitWords, HasALineForWhatIsMalformed) {
  const Failure open = R"(a quote is not closed; write an apostrophe as $'\'')";
  for (const char* line : {"'", "insert 'c", "a 'b' 'c", "$'", R"($'\')", R"($'\)", R"($'a\'b)"}) {
    EXPECT_EQ(error_of(line), open) << line;
  }
  const Failure letter = R"(after \ in $'…' one of these must follow: ' \ n r t xHH)";
  EXPECT_EQ(error_of(R"($'\q')"), letter);
  EXPECT_EQ(error_of(R"($'\ ')"), letter);
  const Failure digits = R"(after \x in $'…' two digits of 0123456789abcdef must follow)";
  for (const char* line :
       {R"($'\x')", R"($'\x1')", R"($'\x1)", R"($'\x)", R"($'\xg0')", R"($'\xAB')"}) {
    EXPECT_EQ(error_of(line), digits) << line;
  }
}

TEST(JoinWords, WritesPlainWordsAsOldProgramsReadThem) {
  EXPECT_EQ(join_words({}), "");
  EXPECT_EQ(join_words({"insert", "my card", "", "1"}), "insert 'my card' '' 1");
  EXPECT_EQ(join_words({R"(C:\card)", "$HOME", "\xff"}), "C:\\card $HOME \xff");
  EXPECT_EQ(join_words({"Bob's card\n"}), R"($'Bob\'s card\n')");
  EXPECT_EQ(join_words({std::string("\0\x7f", 2)}), R"($'\x00\x7f')");
}

TEST(JoinWords, EveryByteArrives) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string word(1, static_cast<char>(byte));
    EXPECT_EQ(sent({word}), Words{word}) << byte;
    EXPECT_EQ(sent({"a", word + "b", "c" + word}), (Words{"a", word + "b", "c" + word})) << byte;
    all += word;
  }
  EXPECT_EQ(sent({all, all}), (Words{all, all}));
}

TEST(JoinWords, EveryPairOfSpecialCharactersArrives) {
  const std::string special = "'\\$\n\r\t \"x\x01";
  for (const char first : special) {
    for (const char second : special) {
      for (const char third : special) {
        const std::string word{first, second, third};
        EXPECT_EQ(sent({word, "", word}), (Words{word, "", word})) << word;
      }
    }
  }
}

TEST(JoinWords, LongAndRandomWordsArrive) {
  std::minstd_rand random(1);
  std::uniform_int_distribution<int> byte(0, 255);
  for (std::size_t size = 0; size < 2000; size += 37) {
    std::string word(size, ' ');
    for (char& c : word) c = static_cast<char>(byte(random));
    EXPECT_EQ(sent({word, "list"}), (Words{word, "list"})) << size;
  }
}

}  // namespace
}  // namespace vscard::program
