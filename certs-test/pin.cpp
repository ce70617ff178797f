#include "certs-test/pin.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace vscard::certs_test {
namespace {

using protocol::SecretBytes;

/// Room for a PIN that is too long, and for its line's end.
constexpr std::size_t kMaxPinLine = 64;

/// Reads until the line's end or until `line` is full; gives errno, or 0.
int read_line(int fd, SecretBytes& line) {
  while (line.size() < line.capacity()) {
    std::uint8_t byte = 0;
    const ssize_t got = ::read(fd, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0 || byte == '\n') return 0;
    line.push_back(byte);
    ::explicit_bzero(&byte, 1);
  }
  return 0;
}

Result<SecretBytes> read_pin(int fd, std::string_view source) {
  SecretBytes line = SecretBytes::with_capacity(kMaxPinLine);
  if (const int error = read_line(fd, line); error != 0)
    return std::unexpected(Failure{fmt::format("cannot read the PIN from {}: {}", source,
                                               std::generic_category().message(error))});
  if (!line.empty() && line.view().back() == '\r') line.truncate(line.size() - 1);
  if (auto checked = check_pin(line); !checked)
    return std::unexpected(Failure{fmt::format("{}: {}", source, checked.error().text)});
  return line;
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
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return std::unexpected(Failure{fmt::format("cannot open the PIN file {}: {}", file.string(),
                                               std::generic_category().message(errno))});
  auto pin = read_pin(fd, fmt::format("PIN file {}", file.string()));
  ::close(fd);
  return pin;
}

Result<SecretBytes> read_pin_fd(int fd) {
  return read_pin(fd, fmt::format("file descriptor {}", fd));
}

}  // namespace vscard::certs_test
