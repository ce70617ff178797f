#include "ccid-passthru/transports.hpp"

#include "chardev/nats/nats.hpp"
#include "chardev/program_transports.hpp"
#include "chardev/spice/vmc/usbredir.hpp"
#include "chardev/spicevmc/log.hpp"
#include "chardev/spicevmc/spicevmc.hpp"
#include "chardev/transports.hpp"
#include "program/log.hpp"

#include <algorithm>

namespace vscard::ccid_passthru {

std::span<const chardev::Transport* const> client_transports() {
  static const std::vector<const chardev::Transport*> kAll = [] {
    const auto standard = chardev::program_transports();
    std::vector<const chardev::Transport*> all(standard.begin(), standard.end());
    all.insert(all.end(), {&chardev::spicevmc::kSpicevmc, &chardev::spicevmc::kSpicevmcUnix});
    return all;
  }();
  return kAll;
}

std::span<const chardev::Transport* const> machine_transports() {
  using namespace chardev;
  static const std::vector<const Transport*> kAll = [] {
    const auto standard = peer_transports();
    std::vector<const Transport*> all(standard.begin(), standard.end());
    all.insert(all.end(), {&nats::kNats, &nats::kNatsTls, &spice::vmc::kSpice,
                           &spice::vmc::kSpiceTls, &spice::vmc::kSpiceUnix});
    return all;
  }();
  return kAll;
}

Result<> check_together(const std::vector<ReaderSpec>& readers) {
  const auto servers = std::ranges::count_if(readers, [](const ReaderSpec& reader) {
    return chardev::spicevmc::is_spicevmc(reader.vsc.link.endpoint.address);
  });
  if (servers > 1) return std::unexpected(chardev::spicevmc::kOneSpicevmc);
  return {};
}

void log_transports() {
  chardev::spicevmc::set_log([](std::string_view text) { log::warning("SPICE {}", text); });
}

}  // namespace vscard::ccid_passthru
