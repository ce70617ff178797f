#include "chardev/transport.hpp"

#include <array>

namespace vscard::chardev {

std::span<const Transport* const> standard_transports() {
  static constexpr std::array<const Transport*, 2> kStandard{&kTcp, &kUnix};
  return kStandard;
}

Result<const Transport*> find_transport(std::span<const Transport* const> transports,
                                        const Address& address) {
  std::string known;
  for (const Transport* transport : transports) {
    if (transport->scheme == address.scheme) {
      const auto checked = transport->check(address);
      if (!checked) return std::unexpected(checked.error());
      return transport;
    }
    known += (known.empty() ? "" : ", ") + std::string(transport->scheme);
  }
  return std::unexpected("'" + address.scheme + "' is no transport; there are: " + known);
}

}  // namespace vscard::chardev
