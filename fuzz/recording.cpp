// A file that may be a recording: what it is read as is written as lines that are read as the same,
// and both players answer whatever it has.

#include "cards/recording/read.hpp"
#include "cards/recording/write.hpp"
#include "cards/replay/by_command.hpp"
#include "cards/replay/in_order.hpp"

#include <string>

using namespace vscard;
using namespace vscard::cards;

namespace {

std::string written(const recording::Recording& recording) {
  recording::LineWriter writer("a");
  for (const recording::Line& line : recording.lines) writer.write(line.message, line.time);
  return std::string(writer.lines());
}

void check_written(const recording::Recording& recording) {
  const auto again = recording::parse_recording(written(recording));
  if (!again || again->lines.size() != recording.lines.size()) __builtin_trap();
  for (std::size_t i = 0; i < again->lines.size(); ++i) {
    if (again->lines[i].message != recording.lines[i].message) __builtin_trap();
  }
}

/// The commands of the recording, and one that it hardly has.
void play(const recording::Recording& recording, replay::Player& player) {
  for (const recording::Line& line : recording.lines) {
    if (player.next_happening() != nullptr) player.pass_happening();
    const auto* const command = std::get_if<recording::Command>(&line.message);
    if (command == nullptr) continue;
    const auto answer = player.transmit(command->apdu.bytes);
    if (answer && answer->size() < 2) __builtin_trap();
  }
  player.reset();
  const std::uint8_t strange[] = {0x00, 0x20, 0x00};
  static_cast<void>(player.transmit(strange));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto recording = recording::parse_recording({reinterpret_cast<const char*>(data), size});
  if (!recording) return recording.error().text.empty() ? -1 : 0;
  check_written(*recording);
  const auto ignore = [](const std::string&) {};
  replay::InOrder in_order("f", replay::make_script(*recording), ignore, ignore);
  play(*recording, in_order);
  replay::ByCommand by_command("f", replay::make_script(*recording), ignore);
  play(*recording, by_command);
  return 0;
}
