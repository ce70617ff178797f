#include "vscclient/transports.hpp"

#include "chardev/spice/client.hpp"

#include <vector>

namespace vscard::vscclient {

std::span<const chardev::Transport* const> transports() {
  using namespace chardev;
  static const std::vector<const Transport*> kAll = [] {
    const auto standard = standard_transports();
    std::vector<const Transport*> all(standard.begin(), standard.end());
    all.insert(all.end(), {&spice::kSpice, &spice::kSpiceTls, &spice::kSpiceUnix});
    return all;
  }();
  return kAll;
}

}  // namespace vscard::vscclient
