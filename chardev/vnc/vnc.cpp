#include "chardev/vnc/vnc.hpp"

#include "chardev/tls/party.hpp"
#include "chardev/vnc/client.hpp"
#include "chardev/vnc/server_spec.hpp"
#include "chardev/vnc/tunnel.hpp"

#include <utility>

namespace vscard::chardev::vnc {
namespace {

bool reachable_unencrypted(const Address& address) {
  if (const auto keys = parse_tls(address); keys && *keys) return false;
  const auto carrier = parse_carrier(address);
  return !carrier || kTcp.reachable_unencrypted(*carrier);
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto carrier = parse_carrier(address);
  if (!carrier) return std::unexpected(carrier.error());
  auto server = parse_server(address);
  if (!server) return std::unexpected(server.error());
  auto keys = parse_tls(address);
  if (!keys) return std::unexpected(keys.error());
  if (*keys) {
    if (const auto usable = tls::check_server_files(**keys); !usable) {
      return std::unexpected(usable.error());
    }
  }
  auto listener = kTcp.listen(executor, *carrier);
  if (!listener) return listener;
  return tunnel_listener(executor, std::move(*listener), std::move(*server), std::move(*keys));
}

}  // namespace

const Transport kVnc{.scheme = "vnc",
                     .check = check,
                     .reachable_unencrypted = reachable_unencrypted,
                     .connector = connector,
                     .listen = listen,
                     .encrypted = [](const Address& address) {
                       const bool listens = address.keys.last("server").has_value();
                       return address.text() + (listens ? " with cert= and key=" : ",ca=FILE");
                     }};

}  // namespace vscard::chardev::vnc
