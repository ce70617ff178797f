#pragma once

#include "cards/recording/message.hpp"
#include "protocol/iso7816/names/interpreter.hpp"

#include <string>
#include <string_view>

namespace vscard::cards::recording {

/// Writes messages of one card as lines (message.hpp).
class LineWriter {
 public:
  explicit LineWriter(std::string_view card);

  void write(const Message& message, Timestamp now);

  /// What was written since clear(), each with its newline.
  std::string_view lines() const { return lines_; }
  void clear() { lines_.clear(); }

 private:
  void begin(Timestamp now);

  protocol::iso7816::names::Interpreter interpreter_;
  std::string about_;  ///< ,"card":"…" as it stands in each line
  std::string lines_;  ///< keeps its room
};

}  // namespace vscard::cards::recording
