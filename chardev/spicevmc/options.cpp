#include "chardev/spicevmc/options.hpp"

#include "chardev/number.hpp"
#include "chardev/secret_input.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <system_error>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

/// SPICE_MAX_PASSWORD_LENGTH
constexpr SecretKind kPassword{.name = "SPICE password", .max_size = 60};
constexpr const char* kUnixScheme = "spicevmc+unix";

Result<int> parse_descriptor(const std::string& text) {
  const auto number = parse_number<int>(text, 0, std::numeric_limits<int>::max());
  if (!number) return std::unexpected("password-fd=" + text + " is no file descriptor");
  return *number;
}

Result<std::optional<TlsFiles>> parse_tls(const KeyList& keys) {
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

}  // namespace

Result<Options> parse_options(const Address& address) {
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

Result<protocol::SecretBytes> read_password(const Options& options) {
  if (!options.has_password()) return std::unexpected("no password is named");
  const auto line = options.password_file
                        ? read_secret_line(*options.password_file, kPassword)
                        : read_secret_line(*options.password_descriptor, kPassword);
  if (!line) return std::unexpected(line.error());
  if (line->empty()) return std::unexpected("the password is empty");
  if (std::ranges::find(line->view(), '\0') != line->view().end()) {
    return std::unexpected("the password has a zero byte in it");
  }
  auto text = protocol::SecretBytes::with_capacity(line->size() + 1);
  text.append(line->view());
  text.push_back('\0');
  return text;
}

}  // namespace vscard::chardev::spicevmc
