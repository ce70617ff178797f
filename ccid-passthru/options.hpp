#pragma once

#include "capture/spec.hpp"
#include "ccid-passthru/reader_spec.hpp"
#include "chardev/endpoint.hpp"
#include "program/options.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

struct CommandLine {
  std::vector<ReaderSpec> readers;  ///< at least one, or there is a control socket
  std::optional<chardev::Endpoint> usbip;
  std::string print;  ///< "qemu", "libvirt", "usbip", or empty: serve
  std::optional<capture::Spec> capture;
  program::LinkPolicy policy;
  program::ServiceOptions service;
  std::optional<chardev::Address> inspect;  ///< where the inspector listens
};

/// The error is the exit status: help was shown, or a line told what is wrong.
std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace vscard::ccid_passthru
