#include "chardev/websocket/server_spec.hpp"

#include "chardev/secret_input.hpp"
#include "chardev/tls/party.hpp"
#include "chardev/transport.hpp"

#include <algorithm>
#include <array>
#include <sys/stat.h>

namespace vscard::chardev::websocket {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::array<std::string_view, 3> kKeys{"origin", "proxy", "token-file"};
constexpr SecretKind kToken{.name = "bearer token", .max_size = 8192};

bool has(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<> check_keys(const Address& address) {
  const bool tls = address.scheme == "wss";
  for (const auto& [key, value] : address.keys.keys) {
    if (has(kKeys, key) || (tls && has(tls::kKeyNames, key))) continue;
    return std::unexpected(address.scheme + ":// has no key '" + key +
                           "'; there are origin, proxy and token-file" +
                           (tls ? ", and those of tls://" : "; those of tls:// go with wss://"));
  }
  return {};
}

/// As it may stand in a request: RFC 9112 §3.2.1, without what has to be written as %XX.
bool is_path(std::string_view text) {
  return text.starts_with('/') && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c < '\x7f' && c != '#' && c != '"' && c != '<' && c != '>';
         });
}

/// b64token of RFC 6750 §2.1: nothing that could end the line.
bool is_token(protocol::Bytes text) {
  return !text.empty() && std::ranges::all_of(text, [](std::uint8_t c) {
    return c > ' ' && c < 0x7f && c != ',' && c != ';' && c != '"' && c != '\\';
  });
}

Result<Address> tcp_address(std::string_view location) {
  const auto target = parse_host_port(location);
  if (!target) return std::unexpected(target.error());
  return Address{.scheme = "tcp", .location = std::string(location), .keys = {}};
}

Result<Address> proxy_address(std::string_view proxy) {
  if (!proxy.starts_with(kHttp)) {
    return std::unexpected("proxy=" + std::string(proxy) + " is not supported, only http://");
  }
  proxy.remove_prefix(kHttp.size());
  if (proxy.ends_with('/')) proxy.remove_suffix(1);
  auto address = tcp_address(proxy);
  if (!address) return std::unexpected(address.error().about("proxy=http://" + std::string(proxy)));
  return address;
}

/// As the proxy is to be told it: "HOST" of "HOST:PORT", with the brackets of an IPv6 address.
Tunnel tunnel_to(std::string_view location) {
  const std::size_t colon = location.rfind(':');
  return {.host = std::string(location.substr(0, colon)),
          .port = std::string(location.substr(colon + 1))};
}

}  // namespace

Result<ServerSpec> parse_server(const Address& address) {
  if (const auto known = check_keys(address); !known) return std::unexpected(known.error());
  const std::size_t slash = std::min(address.location.find('/'), address.location.size());
  ServerSpec server;
  server.host = address.location.substr(0, slash);
  server.service.path = slash < address.location.size() ? address.location.substr(slash) : "/";
  server.service.origin = address.keys.last("origin");
  server.token_file = address.keys.last("token-file");
  if (!is_path(server.service.path)) {
    return std::unexpected("'" + server.service.path +
                           "' is not the path of a URL; write other characters as %XX");
  }
  auto carrier = tcp_address(server.host);
  const auto proxy = address.keys.last("proxy");
  if (proxy) server.tunnel = tunnel_to(server.host);
  if (proxy && carrier) carrier = proxy_address(*proxy);
  if (!carrier) return std::unexpected(carrier.error());
  server.carrier = std::move(*carrier);
  if (address.scheme != "wss") return server;
  auto keys = tls::parse_keys(address.keys);
  if (!keys) return std::unexpected(keys.error());
  if (!keys->pair.empty()) {
    return std::unexpected("pair= goes with tls:// alone; wss:// has cert=, key= and ca=, or psk=");
  }
  server.keys = std::move(*keys);
  return server;
}

Result<> check_listener(const ServerSpec& server) {
  if (server.tunnel || server.token_file) {
    return std::unexpected("proxy= and token-file= are for a client, not for a listener");
  }
  if (!server.keys) return {};
  if (auto enough = tls::check_listener(*server.keys); !enough) return enough;
  if (!tls::names_clients(*server.keys) && kTcp.reachable_unencrypted(server.carrier)) {
    return std::unexpected(
        "anyone who can reach it could connect: give ca=FILE, whose certificates clients need, or "
        "psk=FILE");
  }
  return tls::check_server_files(*server.keys);
}

Result<protocol::SecretBytes> read_token(const ServerSpec& server) {
  if (!server.token_file) return protocol::SecretBytes();
  const std::string& path = *server.token_file;
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0 && (found.st_mode & S_IRWXO) != 0) {
    return std::unexpected("everybody can open token-file=" + path + ": chmod o= " + path);
  }
  auto token = read_secret_line(path, kToken);
  if (token && !is_token(token->view())) {
    return std::unexpected("token-file=" + path + ": its first line is not a bearer token");
  }
  return token;
}

}  // namespace vscard::chardev::websocket
