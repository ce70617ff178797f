#include "bench/process.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace vscard::bench {

double cpu_time(pid_t pid) {
  double all = 0;  // nanoseconds
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
    double one = 0;
    if (!(std::ifstream(task.path() / "schedstat") >> one)) {
      throw std::runtime_error("no /proc/PID/task/TID/schedstat");
    }
    all += one;
  }
  return all / 1000;
}

double resident_kib(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string word; status >> word;) {
    double size = 0;
    if (word == "VmRSS:" && status >> size) return size;
  }
  throw std::runtime_error("no VmRSS in /proc/PID/status");
}

}  // namespace vscard::bench
