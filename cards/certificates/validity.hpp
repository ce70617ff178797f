#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace vscard::cards::certificates {

struct Validity {
  std::chrono::sys_seconds from;
  std::chrono::sys_seconds until;  ///< the last second
  bool operator==(const Validity&) const = default;
};

bool is_valid_at(const Validity& validity, std::chrono::sys_seconds now);

/// "it expired on 2026-11-27; renew it".
std::optional<std::string> trouble_with_time(const Validity& validity,
                                             std::chrono::sys_seconds now);

/// "2026-11-27".
std::string date_of(std::chrono::sys_seconds time);

std::chrono::sys_seconds now();

}  // namespace vscard::cards::certificates
