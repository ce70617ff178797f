#include "vscclient/line_editor.hpp"

#include <utility>

namespace vscard::vscclient {
namespace {

constexpr char kCtrlD = 0x04;
constexpr char kBackspace = 0x08;
constexpr char kCtrlU = 0x15;
constexpr char kEscape = 0x1b;
constexpr char kDelete = 0x7f;  ///< what most terminals send for Backspace

/// A byte of a character of UTF-8 other than its first.
bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20; }

}  // namespace

std::string LineEditor::type(std::string_view keys) {
  std::string shown;
  for (const char byte : keys) shown += type_byte(byte);
  return shown;
}

std::string LineEditor::take_lines() { return std::exchange(lines_, {}); }

std::string LineEditor::type_byte(char byte) {
  if (is_of_sequence(byte)) return "";
  if (byte == '\n' || byte == '\r') {
    lines_ += std::exchange(line_, {}) + "\n";
    return "\n";
  }
  if (byte == kDelete || byte == kBackspace) return erase_character();
  if (byte == kCtrlU) return erase_line();
  if (byte == kCtrlD) ended_ = ended_ || line_.empty();
  if (is_control(byte) || line_.size() >= kMaxLine) return "";
  line_ += byte;
  return {byte};
}

bool LineEditor::is_of_sequence(char byte) {
  const Escape before = escape_;
  switch (before) {
    case Escape::None:
      if (byte == kEscape) escape_ = Escape::Begun;
      return byte == kEscape;
    case Escape::Begun:
      escape_ = byte == '[' || byte == 'O' ? Escape::Sequence : Escape::None;
      return !is_control(byte);
    case Escape::Sequence:
      if (byte >= '@') escape_ = Escape::None;
      return !is_control(byte);
  }
  return false;
}

std::string LineEditor::erase_character() {
  if (line_.empty()) return "";
  while (line_.size() > 1 && continues(line_.back())) line_.pop_back();
  line_.pop_back();
  return "\b \b";
}

std::string LineEditor::erase_line() {
  std::string shown;
  while (!line_.empty()) shown += erase_character();
  return shown;
}

}  // namespace vscard::vscclient
