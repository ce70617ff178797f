#pragma once

#include "ccid-passthru/reader_spec.hpp"
#include "program/log.hpp"
#include "protocol/peer.hpp"
#include "session/link.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// What is the same for all readers of a process.
struct Policy {
  session::LinkOptions::Reconnect reconnect = session::LinkOptions::Reconnect::Yes;
  session::LinkOptions::Exposure exposure = session::LinkOptions::Exposure::Refused;
  protocol::Duration apdu_timeout = protocol::kApduTimeout;
};

struct CommandLine {
  std::vector<ReaderSpec> readers;  ///< at least one, or there is `control`
  Policy policy;
  std::string print;               ///< "qemu", "libvirt", or empty: serve
  std::string control;             ///< an address, or empty
  std::filesystem::path pid_file;  ///< or empty
  log::Level level = log::Level::Info;
};

/// The error is the exit status: help was shown, or a line told what is wrong.
std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace vscard::ccid_passthru
