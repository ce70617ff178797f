#pragma once

#include "ccid-passthru/reader_spec.hpp"
#include "chardev/endpoint.hpp"
#include "protocol/failure.hpp"

#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// How a machine attaches the readers that are carried by USB/IP at `endpoint`: commands for Linux
/// and for Windows, and a unit of systemd, each behind a comment. The readers are all of the
/// process, in their order: that makes their bus ids. The error is a line for the user.
Result<std::string> usbip_commands(const std::vector<ReaderSpec>& readers,
                                   const chardev::Endpoint& endpoint);

}  // namespace vscard::ccid_passthru
