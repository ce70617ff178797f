#include "cards/certificates/validity.hpp"

#include <fmt/format.h>

namespace vscard::cards::certificates {

bool is_valid_at(const Validity& validity, std::chrono::sys_seconds now) {
  return validity.from <= now && now <= validity.until;
}

std::optional<std::string> trouble_with_time(const Validity& validity,
                                             std::chrono::sys_seconds now) {
  if (now < validity.from) {
    return "it is not valid before " + date_of(validity.from) + "; check this machine's clock";
  }
  if (now <= validity.until) return std::nullopt;
  return "it expired on " + date_of(validity.until) + "; renew it";
}

std::string date_of(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace vscard::cards::certificates
