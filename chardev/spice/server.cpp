#include "chardev/spice/server.hpp"

#include "chardev/spice/secret_input.hpp"
#include "chardev/transport.hpp"

#include <charconv>

namespace vscard::chardev::spice {
namespace {

template <class T>
using Result = std::expected<T, std::string>;

std::optional<int> parse_descriptor(const std::string& text) {
  int fd = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, fd);
  if (error != std::errc{} || stop != end || fd < 0) return std::nullopt;
  return fd;
}

Result<protocol::SecretBytes> read_password(const KeyList& keys) {
  if (const auto file = keys.last("password-file")) return read_password_file(*file);
  if (const auto fd = keys.last("password-fd")) return read_password_fd(*parse_descriptor(*fd));
  return protocol::SecretBytes();
}

Result<void> check_keys(const Address& address) {
  const bool tls = address.scheme == "spice+tls";
  const auto unknown =
      tls ? address.keys.other_than({"password-file", "password-fd", "ca", "subject"})
          : address.keys.other_than({"password-file", "password-fd"});
  if (unknown) {
    return std::unexpected(address.scheme + " has no key '" + *unknown +
                           "'; there are password-file and password-fd" +
                           (tls ? ", ca and subject" : "; ca and subject go with spice+tls://"));
  }
  const auto fd = address.keys.last("password-fd");
  if (fd && address.keys.last("password-file")) {
    return std::unexpected("password-file and password-fd are two ways to say the same: use one");
  }
  if (fd && !parse_descriptor(*fd)) {
    return std::unexpected("password-fd=" + *fd + " is no file descriptor");
  }
  return {};
}

}  // namespace

std::expected<void, std::string> check(const Address& address) {
  if (auto keys = check_keys(address); !keys) return keys;
  if (address.scheme == "spice+unix") {
    return kUnix.check({.scheme = "unix", .location = address.location, .keys = {}});
  }
  const auto target = parse_host_port(address.location);
  if (!target) return std::unexpected(target.error());
  return {};
}

std::expected<Server, std::string> read_server(const Address& address) {
  auto password = read_password(address.keys);
  if (!password) return std::unexpected(password.error());
  Server server;
  server.password = std::move(*password);
  server.carrier.scheme = address.scheme == "spice+unix" ? "unix" : "tcp";
  server.carrier.location = address.location;
  return server;
}

}  // namespace vscard::chardev::spice
