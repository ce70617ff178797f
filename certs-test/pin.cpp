#include "certs-test/pin.hpp"

#include "chardev/secret_input.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>

namespace vscard::certs_test {
namespace {

using protocol::SecretBytes;

/// Of the line: room for a PIN that is too long, of which check_pin() tells more.
constexpr chardev::SecretKind kPin{.name = "PIN", .max_size = 64, .fd_option = "--pin-fd "};

Result<SecretBytes> checked(Result<SecretBytes> pin, const std::string& source) {
  if (!pin) return std::unexpected(pin.error().about("PIN"));
  if (const auto good = check_pin(*pin); !good) {
    return std::unexpected(good.error().about(source));
  }
  return pin;
}

}  // namespace

SecretBytes default_pin() {
  SecretBytes pin = SecretBytes::with_capacity(kDefaultPin.size());
  for (const char c : kDefaultPin) pin.push_back(static_cast<std::uint8_t>(c));
  return pin;
}

Result<> check_pin(const SecretBytes& pin) {
  const auto typeable = [](std::uint8_t c) { return c > 0x20 && c < 0x7f; };
  if (pin.size() >= kMinPinLength && pin.size() <= kMaxPinLength &&
      std::ranges::all_of(pin.view(), typeable))
    return {};
  return std::unexpected(Failure{fmt::format(
      "a card's PIN has {} to {} letters, digits or ASCII punctuation marks, without spaces",
      kMinPinLength, kMaxPinLength)});
}

PinString::PinString(const SecretBytes& pin) : bytes_(SecretBytes::with_capacity(pin.size() + 1)) {
  bytes_.append(pin.view());
  bytes_.push_back(0);
}

const char* PinString::c_str() const {
  return reinterpret_cast<const char*>(bytes_.view().data());  // NOLINT: bytes are characters here
}

Result<SecretBytes> read_pin_file(const std::filesystem::path& file) {
  return checked(chardev::read_secret_line(file.string(), kPin), "PIN file " + file.string());
}

Result<SecretBytes> read_pin_fd(int fd) {
  return checked(chardev::read_secret_line(fd, kPin), "--pin-fd " + std::to_string(fd));
}

}  // namespace vscard::certs_test
