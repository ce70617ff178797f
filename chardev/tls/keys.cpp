#include "chardev/tls/keys.hpp"

#include <algorithm>

namespace vscard::chardev::tls {

Result<Keys> parse_keys(const KeyList& list) {
  const auto value = [&list](std::string_view key) { return list.last(key).value_or(""); };
  Keys keys{.cert = value("cert"),
            .key = value("key"),
            .ca = value("ca"),
            .name = value("name"),
            .peers = list.all("peer"),
            .psk = value("psk")};
  for (const auto& [name, text] : list.keys) {
    const bool ours = std::ranges::find(kKeyNames, name) != kKeyNames.end();
    if (ours && text.empty()) return std::unexpected(name + "= has no value");
    if (ours && !keys.psk.empty() && name != "psk" && name != "peer") {
      return std::unexpected("psk= takes the place of certificates: leave out " + name + "=");
    }
  }
  if (keys.cert.empty() && !keys.key.empty()) {
    return std::unexpected("key= needs cert=, the certificate that it belongs to");
  }
  if (keys.key.empty()) keys.key = keys.cert;
  if (!keys.peers.empty() && !names_clients(keys)) {
    return std::unexpected("peer= needs ca= or psk=, by which a client shows its name");
  }
  return keys;
}

Result<> check_listener(const Keys& keys) {
  if (keys.cert.empty() && keys.psk.empty()) {
    return std::unexpected("a listener needs cert=FILE and key=FILE, or psk=FILE");
  }
  if (!keys.name.empty()) {
    return std::unexpected("name= is what a client expects; a listener has peer=");
  }
  return {};
}

}  // namespace vscard::chardev::tls
