#include "tests/programs/memory.hpp"

#include "chardev/descriptor.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace vscard::programs {
namespace {

/// A line of /proc/PID/maps, proc(5).
struct Mapping {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool writable = false;
  std::string line;
};

std::vector<Mapping> mappings_of(pid_t pid) {
  std::vector<Mapping> mappings;
  std::ifstream maps(fmt::format("/proc/{}/maps", pid));
  for (std::string line; std::getline(maps, line);) {
    std::size_t used = 0;
    const std::size_t begin = std::stoul(line, &used, 16);
    const std::size_t end = std::stoul(line.substr(used + 1), nullptr, 16);
    mappings.push_back({begin, end, line.find(" rw") != std::string::npos, line});
  }
  return mappings;
}

/// What can be read of it: pages that were never touched are zeros, guards are left out.
std::string bytes_of(const chardev::Descriptor& memory, const Mapping& mapping) {
  std::string bytes(mapping.end - mapping.begin, '\0');
  const ssize_t size =
      ::pread(memory.number(), bytes.data(), bytes.size(), static_cast<off_t>(mapping.begin));
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return bytes;
}

}  // namespace

std::optional<std::vector<std::string>> parts_in_memory(pid_t pid, const std::string& secret,
                                                        std::size_t size) {
  const chardev::Descriptor memory(
      ::open(fmt::format("/proc/{}/mem", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (memory.number() < 0) return std::nullopt;
  std::vector<std::string> found;
  for (const Mapping& mapping : mappings_of(pid)) {
    if (!mapping.writable) continue;
    const std::string bytes = bytes_of(memory, mapping);
    for (std::size_t i = 0; i + size <= secret.size(); ++i) {
      const std::string part = secret.substr(i, size);
      for (auto at = bytes.find(part); at != std::string::npos; at = bytes.find(part, at + 1)) {
        found.push_back(fmt::format("{} at {:x} in {}", part, mapping.begin + at, mapping.line));
      }
    }
  }
  return found;
}

}  // namespace vscard::programs
