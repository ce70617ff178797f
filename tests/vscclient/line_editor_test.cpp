#include "vscclient/line_editor.hpp"

#include <gtest/gtest.h>

namespace vscard::vscclient {
namespace {

TEST(LineEditor, ShowsWhatIsTypedAndGivesWholeLines) {
  LineEditor editor;
  EXPECT_EQ(editor.type("li"), "li");
  EXPECT_EQ(editor.take_lines(), "");
  EXPECT_EQ(editor.line(), "li");
  EXPECT_EQ(editor.type("st\nremove\rx"), "st\nremove\nx");
  EXPECT_EQ(editor.take_lines(), "list\nremove\n");
  EXPECT_EQ(editor.line(), "x");
}

TEST(LineEditor, ErasesCharacters) {
  LineEditor editor;
  EXPECT_EQ(editor.type("a\xc3\xa4\xe2\x82\xac\x7f"), "a\xc3\xa4\xe2\x82\xac\b \b");
  EXPECT_EQ(editor.line(), "a\xc3\xa4");
  editor.type("\b");
  EXPECT_EQ(editor.line(), "a");
  EXPECT_EQ(editor.type("\x7f\x7f\x7f"), "\b \b") << "there is nothing left";
  editor.type("abc");
  EXPECT_EQ(editor.type("\x15"), "\b \b\b \b\b \b");
  EXPECT_EQ(editor.line(), "");
}

TEST(LineEditor, EndsAtCtrlDWhereALineBegins) {
  LineEditor editor;
  EXPECT_EQ(editor.type("a\x04"), "a");
  EXPECT_FALSE(editor.ended());
  editor.type("\n\x04");
  EXPECT_TRUE(editor.ended());
}

TEST(LineEditor, IgnoresOtherKeys) {
  LineEditor editor;
  EXPECT_EQ(editor.type("a\x1b[A\x1b[3~\x1bOPb\x1b"
                        "c\x01\td\x1b[1;5C"),
            "abd");
  EXPECT_EQ(editor.type("\x1b["), "");
  EXPECT_EQ(editor.type("De\x1b\n"), "e\n") << "Enter is never lost";
  EXPECT_EQ(editor.take_lines(), "abde\n");
}

TEST(LineEditor, DropsWhatIsTooLong) {
  LineEditor editor;
  editor.type(std::string(LineEditor::kMaxLine + 5, 'x'));
  EXPECT_EQ(editor.line().size(), LineEditor::kMaxLine);
}

}  // namespace
}  // namespace vscard::vscclient
