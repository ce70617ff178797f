#include "chardev/vnc/display.hpp"

#include "chardev/number.hpp"

#include <cstdint>
#include <limits>
#include <string>

namespace vscard::chardev::vnc {
namespace {

constexpr std::uint16_t kDisplays = 100;
constexpr std::uint16_t kFirstPort = 5900;

}  // namespace

Result<HostPort> parse_display(std::string_view location) {
  auto target = parse_host_port(location);
  if (!target) return target;
  const auto number =
      parse_number<std::uint16_t>(target->port, 0, std::numeric_limits<std::uint16_t>::max());
  if (number && *number < kDisplays) target->port = std::to_string(kFirstPort + *number);
  return target;
}

}  // namespace vscard::chardev::vnc
