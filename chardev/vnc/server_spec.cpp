#include "chardev/vnc/server_spec.hpp"

#include "chardev/transport.hpp"
#include "chardev/vnc/display.hpp"
#include "chardev/vnc/password.hpp"

#include <string_view>
#include <variant>

namespace vscard::chardev::vnc {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Result<Address> tcp_address(std::string_view location) {
  const auto target = parse_display(location);
  if (!target) return std::unexpected(target.error());
  const bool v6 = target->host.find(':') != std::string::npos;
  Address address;
  address.scheme = "tcp";
  address.location = (v6 ? "[" + target->host + "]" : target->host) + ":" + target->port;
  return address;
}

}  // namespace

Result<> check(const Address& address) {
  if (const auto unknown = address.keys.other_than(
          {"server", "cert", "key", "password-file", "password-fd", "ca", "name"})) {
    return std::unexpected(
        "vnc:// has no key '" + *unknown +
        "'; there are server, of listen:, password-file and password-fd, of connect:, "
        "and cert, key, ca and name");
  }
  if (const auto carrier = parse_carrier(address); !carrier) {
    return std::unexpected(carrier.error());
  }
  const auto password = parse_password_keys(address.keys);
  if (!password) return std::unexpected(password.error());
  const auto keys = parse_tls(address);
  if (!keys) return std::unexpected(keys.error());
  if (!address.keys.last("server")) return {};
  if (*password) return std::unexpected("server goes with listen:, a password with connect:");
  if (*keys) {
    if (auto enough = tls::check_listener(**keys); !enough) return enough;
  }
  const auto server = parse_server(address);
  if (!server) return std::unexpected(server.error());
  return {};
}

Result<Address> parse_carrier(const Address& address) { return tcp_address(address.location); }

Result<Address> parse_server(const Address& address) {
  const auto server = address.keys.last("server");
  if (!server) {
    return std::unexpected(
        "the VNC server behind it is missing: add server=HOST:DISPLAY, or "
        "server=unix:PATH");
  }
  if (!server->starts_with(kUnixPrefix)) {
    auto parsed = tcp_address(*server);
    if (!parsed) return std::unexpected(parsed.error().about("server=" + *server));
    return parsed;
  }
  Address file;
  file.scheme = "unix";
  file.location = server->substr(kUnixPrefix.size());
  if (const auto checked = kUnix.check(file); !checked) {
    return std::unexpected(checked.error().about("server=" + *server));
  }
  return file;
}

Result<std::optional<tls::Keys>> parse_tls(const Address& address) {
  auto keys = tls::parse_keys(address.keys);
  if (!keys) return std::unexpected(keys.error());
  if (*keys == tls::Keys{}) return std::nullopt;
  return std::move(*keys);
}

Result<protocol::SecretBytes> PasswordReader::read() {
  const auto source = parse_password_keys(keys_);
  if (!source) return std::unexpected(source.error());
  if (!*source) return protocol::SecretBytes();
  if (const auto* path = std::get_if<std::string>(&**source)) {
    return read_secret_line(*path, kVncPassword);
  }
  if (!remembered_) {
    auto password = read_secret_line(std::get<int>(**source), kVncPassword);
    if (!password) return password;
    remembered_ = std::move(*password);
  }
  return remembered_->clone();
}

}  // namespace vscard::chardev::vnc
