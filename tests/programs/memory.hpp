#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vscard::programs {

/// Where in the memory that a process can write any `size` bytes of `secret` in a row lie, a line
/// each: part, address, mapping. Nothing: this user may not look.
std::optional<std::vector<std::string>> parts_in_memory(pid_t pid, const std::string& secret,
                                                        std::size_t size);

}  // namespace vscard::programs
