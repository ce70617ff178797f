#pragma once

#include "program/log.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

/// The options that programs have alike, and how a command line is read.
namespace vscard::program {

/// Of a program that runs until it is told to stop.
struct ServiceOptions {
  std::string control;             ///< an address, or empty
  std::filesystem::path pid_file;  ///< or empty
  log::Level level = log::Level::Info;
};

/// Of a program with links to peers.
struct LinkPolicy {
  bool reconnect = true;
  bool insecure = false;  ///< listening for other machines, unencrypted, is allowed
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;
};

// The values are set by parse(): `options` outlives that.
void add_version_option(CLI::App& app);
void add_log_option(CLI::App& app, log::Level& level);
void add_service_options(CLI::App& app, ServiceOptions& options);
void add_timeout_option(CLI::App& app, LinkPolicy& policy);
void add_link_options(CLI::App& app, LinkPolicy& policy);  ///< … and all others of LinkPolicy

/// Reads the command line; the exit status if that is all there is to do: help was shown, or a line
/// told what is wrong.
std::optional<int> parse(CLI::App& app, int argc, const char* const* argv);

/// Tells what is wrong; the exit status.
int wrong_command_line(const CLI::App& app, const std::string& text);

}  // namespace vscard::program
