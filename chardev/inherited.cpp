#include "chardev/inherited.hpp"

#include "chardev/number.hpp"

#include <cstdlib>
#include <limits>
#include <string>
#include <unistd.h>
#include <vector>

namespace vscard::chardev {
namespace {

constexpr int kFirst = 3;         ///< SD_LISTEN_FDS_START
constexpr int kMaxPassed = 1024;  ///< more are none of systemd's

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): never set here
  return value == nullptr ? "" : value;
}

/// The names of the descriptors from kFirst on; a name may be missing.
std::vector<std::string> passed() {
  const auto process = parse_number<pid_t>(variable("LISTEN_PID"), 1,  //
                                           std::numeric_limits<pid_t>::max());
  const auto count = parse_number<int>(variable("LISTEN_FDS"), 1, kMaxPassed);
  if (process != ::getpid() || !count) return {};
  std::vector<std::string> names(1);
  for (const char c : variable("LISTEN_FDNAMES")) {
    if (c == ':') {
      names.emplace_back();
    } else {
      names.back() += c;
    }
  }
  names.resize(static_cast<std::size_t>(*count));
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Result<int> find_inherited(std::string_view name) {
  if (const auto number = parse_number<int>(name, 0, std::numeric_limits<int>::max())) {
    return *number;
  }
  const std::vector<std::string> names = passed();
  if (names.empty()) {
    return std::unexpected(
        "systemd passed this process no socket (LISTEN_FDS of sd_listen_fds(3))");
  }
  int found = -1;
  int matches = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (name != "systemd" && names[i] != name) continue;
    found = kFirst + static_cast<int>(i);
    ++matches;
  }
  if (matches == 1) return found;
  return std::unexpected(std::to_string(matches) + " sockets that systemd passed are called '" +
                         std::string(name) + "'; all of them: " + listed(names));
}

}  // namespace vscard::chardev
