#pragma once

#include "chardev/access.hpp"
#include "program/command_line.hpp"
#include "program/log.hpp"
#include "protocol/failure.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <filesystem>
#include <optional>
#include <string>

/// The options that programs have alike.
namespace vscard::program {

/// Of a program that runs until it is told to stop.
struct ServiceOptions {
  std::string control;  ///< an address that the user gave, or empty
  /// Used without one, if there is one and it is free. Nothing: none is wanted.
  std::optional<Result<std::string>> default_control;
  std::filesystem::path pid_file;  ///< or empty
  log::Level level = log::Level::Info;
  bool sandbox = true;
  chardev::Access access;  ///< what the program does beside, for the sandbox
};

/// Of a program with links to remotes.
struct LinkPolicy {
  bool reconnect = true;
  bool insecure = false;  ///< unencrypted connections with other machines are allowed
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;
};

// The values are set by parse(): `level`, `options` and `policy` outlive that.
void add_log_option(CommandLineParser& parser, log::Level& level);
enum class DefaultControl { Yes, No };
void add_service_options(CommandLineParser& parser, ServiceOptions& options,
                         DefaultControl has_default);
void add_sandbox_option(CommandLineParser& parser, bool& sandbox);
void add_timeout_option(CommandLineParser& parser, LinkPolicy& policy);
void add_link_options(CommandLineParser& parser, LinkPolicy& policy);  ///< … and all of LinkPolicy

}  // namespace vscard::program
