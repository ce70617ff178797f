#include "program/options.hpp"

#include "program/control_server.hpp"
#include "program/default_control.hpp"

#include <chrono>

namespace vscard::program {
namespace {

constexpr const char* kNoControl = "none";

}  // namespace

void add_log_option(CommandLineParser& parser, log::Level& level) {
  parser.add({.name = "--log-level",
              .into = [&level](const std::string& name) -> Result<> {
                level = log::parse_level(name).value_or(level);
                return {};
              },
              .text = "what to print on standard error",
              .shown = std::string(log::name_of(level)),
              .choices = {"trace", "debug", "info", "warning", "error", "off"}});
}

void add_service_options(CommandLineParser& parser, ServiceOptions& options,
                         DefaultControl has_default) {
  const std::string program = parser.program().substr(0, parser.program().find(' '));
  const bool optional = has_default == DefaultControl::Yes;
  if (optional) options.default_control = default_control(program);
  parser.add({.name = "--control",
              .into = [&options, optional](const std::string& address) -> Result<> {
                options.default_control.reset();
                if (optional && address == kNoControl) return {};
                options.control = address;
                const auto parsed = parse_control_address(address);
                if (!parsed) return std::unexpected(parsed.error());
                return {};
              },
              .text = "listen for " + program + " ctl on this socket: unix:PATH[,mode=MODE]" +
                      (optional ? ", or none" : ""),
              .value = "ADDRESS",
              .shown = optional ? "unix:$XDG_RUNTIME_DIR/vscard/" + program + ".sock" : ""});
  parser.add({.name = "--pid-file",
              .into = &options.pid_file,
              .text = "write the process number when everything is ready",
              .value = "FILE"});
  add_log_option(parser, options.level);
}

void add_sandbox_option(CommandLineParser& parser, bool& sandbox) {
  parser.add({.name = "--sandbox",
              .into = [&sandbox](const std::string& word) -> Result<> {
                sandbox = word == "on";
                return {};
              },
              .text = "give up what the program never needs; off, to look for a fault",
              .shown = "on",
              .choices = {"on", "off"}});
}

void add_timeout_option(CommandLineParser& parser, LinkPolicy& policy) {
  parser.add({.name = "--apdu-timeout",
              .into = &policy.apdu_timeout,
              .text = "how long a card may work on a command, 1 to 86400",
              .value = "SECONDS",
              .shown = std::to_string(protocol::vsc::kApduTimeout.count()),
              .range = Option::Range{.least = 1, .most = 86400}});
}

void add_link_options(CommandLineParser& parser, LinkPolicy& policy) {
  add_timeout_option(parser, policy);
  parser.add({.name = "--no-reconnect",
              .into = [&policy] { policy.reconnect = false; },
              .text = "end when a connection fails or is lost"});
  parser.add({.name = "--insecure",
              .into = &policy.insecure,
              .text = "allow unencrypted connections with other machines"});
}

}  // namespace vscard::program
