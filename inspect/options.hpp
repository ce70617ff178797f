#pragma once

#include "chardev/access.hpp"
#include "chardev/endpoint.hpp"
#include "program/command_line.hpp"
#include "protocol/failure.hpp"

#include <optional>
#include <string>

namespace vscard::inspect {

/// "tcp://127.0.0.1:8080" or "unix:PATH": other machines cannot connect. The error is a line for
/// the user.
Result<chardev::Address> parse_inspect_address(const std::string& text);

/// `--inspect [ADDRESS]`; without an address, a port of 127.0.0.1 that the system chooses. Set by
/// parse(), `address` outlives that.
void add_inspect_option(program::CommandLineParser& parser,
                        std::optional<chardev::Address>& address);

/// What the inspector needs of the machine, for the sandbox.
chardev::Access access_of(const std::optional<chardev::Address>& address);

}  // namespace vscard::inspect
