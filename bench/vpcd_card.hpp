#pragma once

#include <string>

namespace vscard::bench {

/// The card that answers at once, at the port of 127.0.0.1 where vpcd listens, vsmartcard's handler
/// for pcscd: blocking calls and nothing else. Serves until pcscd closes; throws when it cannot.
void serve_vpcd_card(const std::string& port);

}  // namespace vscard::bench
