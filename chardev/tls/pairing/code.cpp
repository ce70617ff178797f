#include "chardev/tls/pairing/code.hpp"

#include <openssl/rand.h>

#include <optional>
#include <stdexcept>
#include <string_view>

namespace vscard::chardev::tls::pairing {
namespace {

using protocol::SecretBytes;

/// Crockford's: without letters that look like others.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kGroup = 4;
constexpr std::uint8_t kFiveBits = 0x1f;

std::uint8_t digit_at(std::uint8_t value) { return static_cast<std::uint8_t>(kDigits[value]); }

/// Times x in the field of 32 elements, modulo x^5 + x^2 + 1: x is of order 31, so that each of a
/// code's places weighs differently.
std::uint8_t times_x(std::uint8_t value) {
  const auto doubled = static_cast<std::uint8_t>(value << 1);
  return (doubled & 0x20) != 0 ? static_cast<std::uint8_t>(doubled ^ 0x25) : doubled;
}

/// What the last digit has to be. `values` are those before it.
std::uint8_t check_of(protocol::Bytes values) {
  std::uint8_t sum = 0;
  for (const std::uint8_t value : values) sum = times_x(sum ^ value);
  return sum;
}

std::optional<std::uint8_t> value_of(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const std::size_t value = kDigits.find(c);
  if (value == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

SecretBytes text_of(const SecretBytes& values) {
  auto text = SecretBytes::with_capacity(kCodeSize);
  for (const std::uint8_t value : values.view()) text.push_back(digit_at(value));
  return text;
}

}  // namespace

SecretBytes new_code() {
  auto values = SecretBytes::zeros(kCodeSize);
  const auto chance = values.data().first(kCodeSize - 1);
  if (RAND_bytes(chance.data(), static_cast<int>(chance.size())) != 1) {
    throw std::runtime_error("the system has no random numbers");
  }
  for (std::uint8_t& value : chance) value &= kFiveBits;
  values.data().back() = check_of(chance);
  return text_of(values);
}

std::string in_groups(const SecretBytes& code) {
  std::string shown;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (i > 0 && i % kGroup == 0) shown += '-';
    shown += static_cast<char>(code.view()[i]);
  }
  return shown;
}

Result<SecretBytes> parse_code(protocol::Bytes typed) {
  auto values = SecretBytes::with_capacity(kCodeSize + 1);
  for (const std::uint8_t byte : typed) {
    const char c = static_cast<char>(byte);
    if (c == ' ' || c == '-' || c == '\t') continue;
    const auto value = value_of(c);
    if (!value) return std::unexpected("a code has letters and digits, without U, and dashes");
    if (values.size() <= kCodeSize) values.push_back(*value);
  }
  if (values.size() != kCodeSize) {
    return std::unexpected("a code has 24 letters and digits; there are " +
                           (values.size() > kCodeSize ? "more" : std::to_string(values.size())));
  }
  const auto [before, last] = std::pair(values.view().first(kCodeSize - 1), values.view().back());
  if (check_of(before) != last) return std::unexpected("a character is wrong: compare the code");
  return text_of(values);
}

}  // namespace vscard::chardev::tls::pairing
