#include "protocol/iso7816/names/status.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vscard::protocol::iso7816::names {
namespace {

struct KnownStatus {
  std::uint16_t status;
  std::string_view text;
};

/// In ascending order.
constexpr auto kStatuses = std::to_array<KnownStatus>({
    {0x6200, "warning"},
    {0x6281, "part of the data may be corrupt"},
    {0x6282, "end of file"},
    {0x6283, "file deactivated"},
    {0x6285, "file terminated"},
    {0x6300, "verification failed"},
    {0x6400, "execution error"},
    {0x6581, "memory failure"},
    {0x6700, "wrong length"},
    {0x6881, "logical channel not supported"},
    {0x6882, "secure messaging not supported"},
    {0x6883, "last command of the chain expected"},
    {0x6884, "chaining not supported"},
    {0x6981, "wrong kind of file"},
    {0x6982, "not verified"},
    {0x6983, "PIN blocked"},
    {0x6984, "reference data not usable"},
    {0x6985, "conditions not met"},
    {0x6986, "no file selected"},
    {0x6987, "secure messaging object missing"},
    {0x6988, "secure messaging object wrong"},
    {0x6a80, "wrong data"},
    {0x6a81, "function not supported"},
    {0x6a82, "not found"},
    {0x6a83, "record not found"},
    {0x6a84, "no memory left"},
    {0x6a86, "wrong parameters"},
    {0x6a88, "reference not found"},
    {0x6b00, "wrong offset"},
    {0x6d00, "unknown instruction"},
    {0x6e00, "unknown class"},
    {0x6f00, "error without a reason"},
    {0x9000, "success"},
});

}  // namespace

std::string status_text(std::uint16_t status) {
  const unsigned low = status & 0xff;
  const std::string all = std::to_string(low == 0 ? 256 : low);
  if (status >> 8 == 0x61) return "more: " + all + " bytes";
  if (status >> 8 == 0x6c) return "wrong Le, right: " + all;
  if (status == 0x63cf) return "tries left: 15 or more, or not counted";
  if ((status & 0xfff0) == 0x63c0) return "tries left: " + std::to_string(low & 0xf);
  const auto* const found = std::ranges::lower_bound(kStatuses, status, {}, &KnownStatus::status);
  return found != kStatuses.end() && found->status == status ? std::string(found->text) : "";
}

}  // namespace vscard::protocol::iso7816::names
