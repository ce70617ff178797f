#include "chardev/spicevmc/options.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

constexpr const char* kUnixScheme = "spicevmc+unix";

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
  auto password = parse_password_keys(address.keys);
  if (!password) return std::unexpected(password.error());
  options.password = std::move(*password);
  options.socket = address;
  options.socket.scheme = is_unix ? "unix" : "tcp";
  take_own_keys(options.socket.keys);
  return options;
}

Result<protocol::SecretBytes> read_password(const Options& options) {
  if (!options.password) return std::unexpected("no password is named");
  const auto read = [](const auto& source) { return read_secret_line(source, kSpicePassword); };
  const auto line = std::visit(read, *options.password);
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
