#include "cards/piv/pin.hpp"

#include <algorithm>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kFill = 0xff;

bool is_digit(std::uint8_t byte) { return byte >= '0' && byte <= '9'; }

}  // namespace

Bytes unpadded(Bytes padded) {
  const auto end = std::ranges::find(padded, kFill);
  if (padded.size() != kMaxPin ||
      std::ranges::any_of(end, padded.end(), [](std::uint8_t byte) { return byte != kFill; })) {
    return {};
  }
  return {padded.begin(), end};
}

bool is_pin(Bytes padded) {
  return unpadded(padded).size() >= kMinPin && std::ranges::all_of(unpadded(padded), is_digit);
}

bool is_puk(Bytes padded) { return unpadded(padded).size() >= kMinPin; }

SecretBytes padded(Bytes text) {
  auto bytes = SecretBytes::with_capacity(kMaxPin);
  bytes.append(text.first(std::min(text.size(), kMaxPin)));
  while (bytes.size() < kMaxPin) bytes.push_back(kFill);
  return bytes;
}

SecretBytes padded(std::string_view text) {
  auto bytes = SecretBytes::with_capacity(text.size());
  for (const char c : text) bytes.push_back(static_cast<std::uint8_t>(c));
  return padded(bytes.view());
}

Result<> check_pin(const SecretBytes& pin) {
  if (pin.size() <= kMaxPin && is_pin(padded(pin.view()).view())) return {};
  return std::unexpected("the PIN of a PIV card has 6 to 8 digits");
}

}  // namespace vscard::cards::piv
