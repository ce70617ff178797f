#include "chardev/spice/spicevmc_options.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <spice/protocol.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

constexpr const char* kUnixScheme = "spicevmc+unix";

std::expected<int, std::string> parse_descriptor(const std::string& text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < 0) {
    return std::unexpected("password-fd=" + text + " is no file descriptor");
  }
  return number;
}

std::expected<std::optional<TlsFiles>, std::string> parse_tls(const KeyList& keys) {
  const auto certificate = keys.last("cert");
  const auto key = keys.last("key");
  if (!certificate && !key) return std::nullopt;
  if (!certificate || !key) {
    return std::unexpected("TLS needs both cert=FILE and key=FILE");
  }
  return TlsFiles{.certificate = *certificate, .key = *key};
}

/// The keys that are about the socket stay.
void take_own_keys(KeyList& keys) {
  std::erase_if(keys.keys, [](const auto& key) {
    return key.first == "password-file" || key.first == "password-fd" || key.first == "cert" ||
           key.first == "key";
  });
}

/// Whole reads of at most `buffer`; how much there was.
std::expected<std::size_t, std::string> read_all(int descriptor, std::span<std::uint8_t> buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t count = ::read(descriptor, buffer.data() + size, buffer.size() - size);
    if (count == 0) break;
    if (count < 0 && errno != EINTR) {
      return std::unexpected(std::system_category().message(errno));
    }
    size += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  return size;
}

}  // namespace

std::expected<Options, std::string> parse_options(const Address& address) {
  const bool is_unix = address.scheme == kUnixScheme;
  const auto unknown =
      is_unix ? address.keys.other_than(
                    {"password-file", "password-fd", "cert", "key", "mode", "user", "group"})
              : address.keys.other_than({"password-file", "password-fd", "cert", "key"});
  if (unknown) {
    return std::unexpected(address.scheme + " has no key '" + *unknown +
                           "'; there are password-file, password-fd, cert and key" +
                           (is_unix ? ", mode, user and group" : ""));
  }
  Options options;
  const auto tls = parse_tls(address.keys);
  if (!tls) return std::unexpected(tls.error());
  options.tls = *tls;
  options.password_file = address.keys.last("password-file");
  if (const auto text = address.keys.last("password-fd")) {
    const auto number = parse_descriptor(*text);
    if (!number) return std::unexpected(number.error());
    options.password_descriptor = *number;
  }
  if (options.password_file && options.password_descriptor) {
    return std::unexpected("password-file and password-fd are one too many");
  }
  options.socket = address;
  options.socket.scheme = is_unix ? "unix" : "tcp";
  take_own_keys(options.socket.keys);
  return options;
}

std::expected<protocol::SecretBytes, std::string> read_password(const Options& options) {
  const std::string what = options.password_file
                               ? "the password file " + *options.password_file
                               : "password-fd=" + std::to_string(*options.password_descriptor);
  const int descriptor = options.password_file
                             ? ::open(options.password_file->c_str(), O_RDONLY | O_CLOEXEC)
                             : *options.password_descriptor;
  if (descriptor < 0) {
    return std::unexpected("cannot read " + what + ": " + std::system_category().message(errno));
  }
  // Room for the end of the line, and for one byte too many.
  auto text = protocol::SecretBytes::zeros(SPICE_MAX_PASSWORD_LENGTH + 2);
  const auto size = read_all(descriptor, text.data());
  ::close(descriptor);
  if (!size) return std::unexpected("cannot read " + what + ": " + size.error());
  text.truncate(*size);
  const auto end = std::ranges::find(text.view(), '\n');
  text.truncate(static_cast<std::size_t>(end - text.view().begin()));
  if (text.empty()) return std::unexpected(what + " is empty");
  if (text.size() > SPICE_MAX_PASSWORD_LENGTH) {
    return std::unexpected(what + " has more than SPICE's 60 bytes in its first line");
  }
  if (std::ranges::find(text.view(), '\0') != text.view().end()) {
    return std::unexpected(what + " has a zero byte in it");
  }
  text.push_back('\0');
  return text;
}

}  // namespace vscard::chardev::spicevmc
