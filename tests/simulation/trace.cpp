#include "tests/simulation/trace.hpp"

#include <array>
#include <cstdio>

namespace vscard::tests::simulation {

void Trace::violation(const std::string& text) {
  note("VIOLATION", [&] { return text; });
  if (sound()) violation_ = text;
}

void Trace::add(const std::string& line) {
  const std::chrono::duration<double> since_begin = clock_.now() - Time{std::chrono::hours(1)};
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%11.4f ", since_begin.count());
  text_ += time.data() + line + "\n";
}

}  // namespace vscard::tests::simulation
