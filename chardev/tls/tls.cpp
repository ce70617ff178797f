#include "chardev/tls/tls.hpp"

#include "chardev/tls/over.hpp"
#include "chardev/tls/party.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::tls {
namespace {

Address tcp_of(const Address& address) {
  return {.scheme = "tcp", .location = address.location, .keys = {}};
}

Result<> check(const Address& address) {
  for (const auto& [key, value] : address.keys.keys) {
    if (std::ranges::find(kKeyNames, key) != kKeyNames.end()) continue;
    return std::unexpected("tls:// has no key '" + key +
                           "'; there are cert, key, ca, name, peer, psk and pair");
  }
  if (const auto keys = parse_keys(address.keys); !keys) return std::unexpected(keys.error());
  return kTcp.check(tcp_of(address));
}

bool reachable_unencrypted(const Address& /*address*/) { return false; }

std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address) {
  auto carrier = kTcp.connector(std::move(executor), tcp_of(address));
  return connector_over(std::move(carrier), parse_keys(address.keys).value(), address.text());
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto keys = parse_keys(address.keys);
  if (!keys) return std::unexpected(keys.error());
  if (const auto enough = check_listener(*keys); !enough) return std::unexpected(enough.error());
  if (!names_clients(*keys) && kTcp.reachable_unencrypted(tcp_of(address))) {
    return std::unexpected(
        "anyone who can reach it could connect: give ca=FILE, whose certificates clients need, "
        "psk=FILE or pair=DIR");
  }
  const auto usable = keys->pair.empty() ? check_server_files(*keys) : Result<>();
  if (!usable) return std::unexpected(usable.error());
  auto carrier = kTcp.listen(executor, tcp_of(address));
  if (!carrier) return carrier;
  return listen_over(executor, std::move(*carrier), *keys);
}

}  // namespace

const Transport kTls{.scheme = "tls",
                     .check = check,
                     .reachable_unencrypted = reachable_unencrypted,
                     .connector = connector,
                     .listen = listen};

}  // namespace vscard::chardev::tls
