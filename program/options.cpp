#include "program/options.hpp"

#include "program/process.hpp"

#include <CLI/CLI.hpp>

#include <chrono>

namespace vscard::program {

void add_version_option(CLI::App& app) {
  app.set_version_flag("--version", app.get_name() + " (vscard) " VSCARD_VERSION);
}

void add_log_option(CLI::App& app, log::Level& level) {
  app.add_option_function<std::string>(
         "--log-level",
         [&level](const std::string& name) { level = log::parse_level(name).value_or(level); },
         "what to tell")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->default_str("info");
}

void add_service_options(CLI::App& app, ServiceOptions& options) {
  app.add_option("--control", options.control,
                 "listen for " + app.get_name() + " ctl on this address")
      ->type_name("ADDRESS");
  app.add_option("--pid-file", options.pid_file, "write the process's number when it is ready");
  add_log_option(app, options.level);
}

void add_timeout_option(CLI::App& app, LinkPolicy& policy) {
  app.add_option_function<unsigned>(
         "--apdu-timeout",
         [&policy](unsigned seconds) { policy.apdu_timeout = std::chrono::seconds(seconds); },
         "seconds that a card may take for a command")
      ->check(CLI::Range(1U, 86400U))
      ->default_str(std::to_string(protocol::vsc::kApduTimeout.count()));
}

void add_link_options(CLI::App& app, LinkPolicy& policy) {
  add_timeout_option(app, policy);
  app.add_flag_callback(
      "--no-reconnect", [&policy] { policy.reconnect = false; },
      "end when a connection fails or is lost");
  app.add_flag("--insecure", policy.insecure, "allow to listen for other machines, unencrypted");
}

std::optional<int> parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return wrong_command_line(app, error.what());
  }
  return std::nullopt;
}

int wrong_command_line(const CLI::App& app, const std::string& text) {
  log::error("{} ({} --help tells more)", text, app.get_name());
  return kWrongCommandLine;
}

}  // namespace vscard::program
