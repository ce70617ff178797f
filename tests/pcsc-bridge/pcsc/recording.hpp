#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::pcsc::test {

/// A line of a recording of libpcsclite and pcscd, tests/data/pcscd-*.txt; their heads tell the
/// form.
struct RecordedLine {
  enum class Kind { Request, Answer, Event, Connected, Closed, Scene, Happening, Other };
  Kind kind = Kind::Other;
  int number = 0;  ///< of the line in the file
  long ms = 0;
  std::string connection;          ///< "c1"
  std::uint32_t command = 0;       ///< of a request
  std::vector<std::uint8_t> head;  ///< the struct
  std::vector<std::uint8_t> data;  ///< what comes behind it
  std::string text;                ///< what happens: "reader 1 plugged"
};

std::vector<RecordedLine> read_recording(const std::string& path);

}  // namespace vscard::pcsc_bridge::pcsc::test
