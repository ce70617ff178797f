#include "vscclient/transports.hpp"

#include "chardev/program_transports.hpp"
#include "chardev/spice/smartcard/client.hpp"

#include <vector>

namespace vscard::vscclient {

std::span<const chardev::Transport* const> transports() {
  using namespace chardev;
  static const std::vector<const Transport*> kAll = [] {
    const auto standard = program_transports();
    std::vector<const Transport*> all(standard.begin(), standard.end());
    all.insert(all.end(), {&spice::smartcard::kSpice, &spice::smartcard::kSpiceTls,
                           &spice::smartcard::kSpiceUnix});
    return all;
  }();
  return kAll;
}

}  // namespace vscard::vscclient
