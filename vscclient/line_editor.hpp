#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vscard::vscclient {

/// A line as it is typed, key by key. The system could do this, too, but keeps to itself what it
/// has until Enter: then nobody could show the line again below what is printed meanwhile.
class LineEditor {
 public:
  static constexpr std::size_t kMaxLine = 4096;  ///< bytes; what is typed beyond is dropped

  /// What the terminal shows of these keys. Enter, Backspace, Ctrl-U and Ctrl-D do what they
  /// usually do; other control characters, and keys such as the arrows, do nothing.
  std::string type(std::string_view keys);
  /// Lines that are complete, each with its newline.
  std::string take_lines();
  /// What is typed of the next line.
  const std::string& line() const { return line_; }
  /// Ctrl-D was typed where a line begins.
  bool ended() const { return ended_; }

 private:
  enum class Escape {
    None,
    Begun,     ///< ESC has come; left by the next byte, unless that is [ or O
    Sequence,  ///< left by its last byte, a letter or ~ (ECMA-48 §5.4)
  };
  std::string type_byte(char byte);
  bool is_of_sequence(char byte);
  std::string erase_character();
  std::string erase_line();

  std::string line_;
  std::string lines_;
  Escape escape_ = Escape::None;
  bool ended_ = false;
};

}  // namespace vscard::vscclient
