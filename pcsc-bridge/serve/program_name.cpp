#include "pcsc-bridge/serve/program_name.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>

namespace vscard::pcsc_bridge::serve {

std::string program_name(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  std::getline(file, name);  // 15 bytes at most, prctl(2)
  if (name.empty()) return fmt::format("process {}", process);
  std::ranges::replace_if(name, [](char c) { return c < ' ' || c > '~'; }, '?');
  return fmt::format("{} ({})", name, process);
}

}  // namespace vscard::pcsc_bridge::serve
