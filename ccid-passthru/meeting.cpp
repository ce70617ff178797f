#include "ccid-passthru/meeting.hpp"

#include "chardev/tls/psk.hpp"
#include "chardev/websocket/server_spec.hpp"

#include <filesystem>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

namespace fs = std::filesystem;
namespace tls = chardev::tls;
using chardev::Address;
using chardev::Endpoint;

/// What carries the bytes, and the keys of TLS, if that is among it.
struct Carriers {
  std::string location;
  bool websocket = false;
  std::optional<tls::Keys> keys = std::nullopt;
};

/// QEMU is a server of WebSockets, never a client, and has one path.
Result<Carriers> websocket_carriers(const Endpoint& usbredir) {
  const Address& address = usbredir.address;
  auto server = chardev::websocket::parse_server(address);
  if (!server) return std::unexpected(server.error());
  const bool connects = usbredir.mode == Endpoint::Mode::Connect;
  if (!connects || server->service.path != "/") {
    return std::unexpected("QEMU's WebSocket is a server with the path /: use connect:" +
                           address.scheme + "://" + server->host + ", not " + address.text());
  }
  return Carriers{.location = server->host, .websocket = true, .keys = std::move(server->keys)};
}

Result<Carriers> carriers(const Endpoint& usbredir) {
  const Address& address = usbredir.address;
  if (address.scheme == "tcp") return Carriers{.location = address.location};
  if (address.scheme == "ws" || address.scheme == "wss") return websocket_carriers(usbredir);
  if (address.scheme != "tls") {
    return std::unexpected(
        "--print knows how to attach unix:, tcp://, tls://, ws:// and wss://, not " +
        address.text());
  }
  auto keys = tls::parse_keys(address.keys);
  if (!keys) return std::unexpected(keys.error());
  return Carriers{.location = address.location, .keys = std::move(*keys)};
}

/// The machine is taken to have the reader's own file, since both have the same keys.
Result<Meeting::Tls> with_key(const tls::Keys& keys) {
  constexpr const char* kFile = "keys.psk";
  const fs::path file = fs::absolute(keys.psk);
  if (file.filename() != kFile) {
    return std::unexpected("QEMU reads keys from a file named keys.psk: rename " + keys.psk);
  }
  Meeting::Tls tls{.key_folder = file.parent_path(), .name = ""};
  if (!keys.peers.empty()) {
    tls.name = keys.peers.front();
  } else if (const auto psks = tls::read_psk_file(keys.psk)) {
    tls.name = psks->front().name;
  } else {
    return std::unexpected(psks.error());
  }
  return tls;
}

Result<Meeting::Tls> tls_of(const tls::Keys& keys) {
  if (!keys.pair.empty()) {
    return std::unexpected("QEMU cannot pair: give psk=FILE or certificates in place of pair=" +
                           keys.pair);
  }
  if (!keys.psk.empty()) return with_key(keys);
  return Meeting::Tls{.key_folder = "", .name = "", .shows_identity = !keys.cert.empty()};
}

/// The machine starts in another folder.
std::string socket_path(const std::string& path) {
  return path.starts_with('@') ? path : fs::absolute(path).string();
}

Result<chardev::HostPort> place_of(const Endpoint& usbredir, const std::string& location) {
  auto place = chardev::parse_host_port(location);
  if (place && place->port == "0") {
    return std::unexpected("--print needs a port in " + usbredir.address.text() + ", not 0");
  }
  return place;
}

Result<Meeting> meeting(const Endpoint& usbredir) {
  Meeting meeting;
  meeting.machine_listens = usbredir.mode == Endpoint::Mode::Connect;
  if (usbredir.address.scheme == "unix") {
    meeting.path = socket_path(usbredir.address.location);
    return meeting;
  }
  const auto carried = carriers(usbredir);
  if (!carried) return std::unexpected(carried.error());
  const auto place = place_of(usbredir, carried->location);
  if (!place) return std::unexpected(place.error());
  meeting.place = *place;
  meeting.websocket = carried->websocket;
  if (!carried->keys) return meeting;
  auto tls = tls_of(*carried->keys);
  if (!tls) return std::unexpected(tls.error());
  meeting.tls = std::move(*tls);
  return meeting;
}

}  // namespace

Result<std::vector<Meeting>> meetings(const std::vector<ReaderSpec>& readers) {
  std::vector<Meeting> all;
  for (const ReaderSpec& reader : readers) {
    if (reader.usbredir.empty()) {
      return std::unexpected("reader " + reader.identity.name +
                             " has no --usbredir: --print usbip shows how to attach it");
    }
    for (const Endpoint& usbredir : reader.usbredir) {
      auto met = meeting(usbredir);
      if (!met) return std::unexpected(met.error());
      all.push_back(std::move(*met));
    }
  }
  return all;
}

}  // namespace vscard::ccid_passthru
