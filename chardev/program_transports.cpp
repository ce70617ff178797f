#include "chardev/program_transports.hpp"

#include "chardev/nats/nats.hpp"
#include "chardev/transports.hpp"
#include "chardev/vnc/vnc.hpp"

#include <vector>

namespace vscard::chardev {

std::span<const Transport* const> program_transports() {
  static const std::vector<const Transport*> kAll = [] {
    const auto peer = peer_transports();
    std::vector<const Transport*> all(peer.begin(), peer.end());
    all.insert(all.end(), {&nats::kNats, &nats::kNatsTls, &vnc::kVnc});
    return all;
  }();
  return kAll;
}

}  // namespace vscard::chardev
