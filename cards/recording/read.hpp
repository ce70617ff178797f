#pragma once

#include "cards/recording/message.hpp"
#include "protocol/failure.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace vscard::cards::recording {

struct Line {
  std::size_t number = 0;  ///< from 1 on
  Timestamp time{};
  Message message;
};

struct Recording {
  std::vector<Line> lines;  ///< the first one is a Header
  /// The number of a line that is not whole, as when the program was killed: it is the last of a
  /// start, and not among the lines. 0: there is none.
  std::size_t cut_off = 0;
};

/// Of a file.
inline constexpr std::size_t kMaxRecording = std::size_t{256} << 20;  ///< bytes

/// Members that it does not know and empty lines are not errors. The failure begins with the
/// line's number: "7: the command is not hexadecimal".
Result<Recording> parse_recording(std::string_view text);
/// Of a file of at most kMaxRecording bytes. The failure begins with its name.
Result<Recording> read_recording(const std::string& path);

}  // namespace vscard::cards::recording
