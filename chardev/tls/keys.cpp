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
            .psk = value("psk"),
            .pair = value("pair")};
  for (const auto& [name, text] : list.keys) {
    const bool ours = std::ranges::find(kKeyNames, name) != kKeyNames.end();
    if (ours && text.empty()) return std::unexpected(name + "= has no value");
    if (ours && !keys.pair.empty() && name != "pair" && name != "peer" && name != "name") {
      return std::unexpected("pair= takes the place of certificates and keys: leave out " + name +
                             "=");
    }
    if (ours && !keys.psk.empty() && name != "psk" && name != "peer") {
      return std::unexpected("psk= takes the place of certificates: leave out " + name + "=");
    }
  }
  if (keys.cert.empty() && !keys.key.empty()) {
    return std::unexpected("key= needs cert=, the certificate that it belongs to");
  }
  if (keys.key.empty()) keys.key = keys.cert;
  if (!keys.peers.empty() && !names_clients(keys)) {
    return std::unexpected("peer= needs ca=, psk= or pair=, by which a client shows its name");
  }
  return keys;
}

Result<> check_listener(const Keys& keys) {
  if (keys.cert.empty() && keys.psk.empty() && keys.pair.empty()) {
    return std::unexpected("a listener needs pair=DIR, or cert=FILE and key=FILE, or psk=FILE");
  }
  if (!keys.name.empty()) {
    return std::unexpected("name= is what a client expects; a listener has peer=");
  }
  return {};
}

}  // namespace vscard::chardev::tls
