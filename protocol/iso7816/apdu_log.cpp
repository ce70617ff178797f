#include "protocol/iso7816/apdu_log.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vscard::protocol::iso7816 {
namespace {

/// Interindustry instructions whose data names files, tags or key numbers, never their content
/// (ISO 7816-4 §7), in ascending order. Whatever is missing here is not shown.
constexpr std::array<std::uint8_t, 10> kHarmless{
    0x22,        // MANAGE SECURITY ENVIRONMENT
    0x84,        // GET CHALLENGE
    0xa4,        // SELECT
    0xb0, 0xb1,  // READ BINARY
    0xb2, 0xb3,  // READ RECORD
    0xc0,        // GET RESPONSE
    0xca, 0xcb,  // GET DATA
};

/// Interindustry class, not chained, no secure messaging: all but the logical channel is zero
/// (ISO 7816-4 §5.1.1).
constexpr unsigned kChannelBits = 0x03;

bool is_harmless(Bytes header) {
  return (header[0] & ~kChannelBits) == 0 && std::ranges::binary_search(kHarmless, header[1]);
}

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

std::string count(std::size_t bytes) {
  return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

std::string header_only(Bytes apdu) {
  const std::size_t shown = std::min(apdu.size(), kApduHeader);
  std::string text = hex(apdu.first(shown));
  if (apdu.size() > shown) text += ", then " + count(apdu.size() - shown) + " not shown";
  return text;
}

}  // namespace

std::string describe_command(Bytes apdu) {
  if (apdu.size() < kApduHeader) return "malformed: " + header_only(apdu);
  if (!is_harmless(apdu)) return header_only(apdu);
  const auto command = CommandApdu::parse(apdu);
  if (!command) return "malformed: " + header_only(apdu);

  std::string text = hex(apdu.first(kApduHeader));
  if (!command->data.empty()) {
    const std::size_t shown = std::min(command->data.size(), kMaxLoggedData);
    text += ", " + count(command->data.size()) + " of data: " + hex(command->data.first(shown));
    if (command->data.size() > shown) text += " ...";
  }
  if (command->ne != 0) text += ", Ne " + std::to_string(command->ne);
  return text;
}

std::string describe_response(Bytes apdu) {
  if (apdu.size() < kStatusWord) return "malformed: " + count(apdu.size());
  return hex(apdu.last(kStatusWord)) + ", " + count(apdu.size() - kStatusWord) + " of data";
}

}  // namespace vscard::protocol::iso7816
