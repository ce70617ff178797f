#pragma once

#include "capture/spec.hpp"
#include "cards/kind.hpp"
#include "pcsc-bridge/serve/env.hpp"
#include "pcsc-bridge/serve/options.hpp"
#include "program/options.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vscard::pcsc_bridge {

/// A --card: what it says, and how a vscclient is told the same.
struct Card {
  cards::CardSpec spec;  ///< with a name
  std::string text;
};

/// `pcsc-bridge run`
struct RunOptions {
  std::vector<Card> cards;
  bool with_system = false;  ///< the machine's own readers; not with pcscd
  std::size_t readers = 0;   ///< at least one for each card
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;
  bool with_pcscd = false;                  ///< in place of our own service
  std::optional<capture::Spec> capture;     ///< not with pcscd
  std::optional<chardev::Address> inspect;  ///< where the inspector listens; not with pcscd
  protocol::Duration wait{};                ///< for another world to end, where only one can be
  std::vector<std::string> command;
  program::ServiceOptions service;
};

/// `pcsc-bridge conf`
struct ConfOptions {
  enum class Action { Print, Install, Remove };
  Action action = Action::Print;
  std::vector<std::string> endpoints;  ///< a reader for each
  std::filesystem::path folder = "/etc/reader.conf.d";
  log::Level level = log::Level::Info;
};

using CommandLine = std::variant<RunOptions, ConfOptions, serve::ServeOptions, serve::EnvOptions>;

/// The error is the exit status: help was shown, or a line told what is wrong.
std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace vscard::pcsc_bridge
