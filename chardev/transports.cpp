#include "chardev/transports.hpp"

#include "chardev/tls/tls.hpp"
#include "chardev/websocket/websocket.hpp"

#include <vector>

namespace vscard::chardev {

std::span<const Transport* const> peer_transports() {
  static const std::vector<const Transport*> kAll = [] {
    const auto standard = standard_transports();
    std::vector<const Transport*> all(standard.begin(), standard.end());
    all.insert(all.end(), {&tls::kTls, &websocket::kWebSocket, &websocket::kWebSocketTls});
    return all;
  }();
  return kAll;
}

}  // namespace vscard::chardev
