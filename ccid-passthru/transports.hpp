#pragma once

#include "ccid-passthru/reader_spec.hpp"
#include "chardev/transport.hpp"
#include "protocol/failure.hpp"

#include <span>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// The ways to a client: the standard ones, and being a SPICE server.
std::span<const chardev::Transport* const> client_transports();

/// The ways to a virtual machine's usbredir: those to a peer, through NATS servers, and as a
/// client of SPICE.
std::span<const chardev::Transport* const> machine_transports();

/// Can one process have all these readers? The error is a line for the user.
Result<> check_together(const std::vector<ReaderSpec>& readers);

/// What the transports' libraries have to say becomes lines of the program's log.
void log_transports();

}  // namespace vscard::ccid_passthru
