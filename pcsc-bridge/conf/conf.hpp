#pragma once

#include "pcsc-bridge/options.hpp"

namespace vscard::pcsc_bridge::conf {

/// Prints, installs or removes this machine's entries of reader.conf(5). The exit status.
int conf_main(const ConfOptions& options);

}  // namespace vscard::pcsc_bridge::conf
