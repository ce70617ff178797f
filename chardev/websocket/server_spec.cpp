#include "chardev/websocket/server_spec.hpp"

#include <algorithm>

namespace vscard::chardev::websocket {
namespace {

constexpr std::string_view kHttp = "http://";

/// As it may stand in a request: RFC 9112 §3.2.1, without what has to be written as %XX.
bool is_path(std::string_view text) {
  return text.starts_with('/') && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c < '\x7f' && c != '#' && c != '"' && c != '<' && c != '>';
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
  if (const auto unknown = address.keys.other_than({"origin", "proxy", "token-file"})) {
    return std::unexpected(address.scheme + " has no key '" + *unknown +
                           "'; there are origin, proxy and token-file");
  }
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
  return server;
}

}  // namespace vscard::chardev::websocket
