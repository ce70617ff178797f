#pragma once

#include "bench/instant_card.hpp"

#include <string>

namespace vscard::bench {

/// The card that answers at once, at the port of 127.0.0.1 where vpcd listens, vsmartcard's handler
/// for pcscd: blocking calls and nothing else. vpcd sends as QEMU does, length and command by
/// themselves. Serves until pcscd closes; throws when it cannot.
void serve_vpcd_card(const std::string& port, Acknowledge acknowledge);

}  // namespace vscard::bench
