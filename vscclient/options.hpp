#pragma once

#include "program/log.hpp"
#include "protocol/peer.hpp"
#include "protocol/secret.hpp"
#include "session/link.hpp"
#include "vscclient/cards/card_spec.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace vscard::vscclient {

/// A --vsc and the --card that goes with it.
struct Pair {
  chardev::Endpoint endpoint;
  protocol::Peer host;  ///< the endpoint's key peer-max-apdu
  cards::CardSpec card;
};

struct CommandLine {
  std::vector<Pair> pairs;  ///< at least one
  session::LinkOptions::Reconnect reconnect = session::LinkOptions::Reconnect::Yes;
  session::LinkOptions::Exposure exposure = session::LinkOptions::Exposure::Refused;
  protocol::Duration apdu_timeout = protocol::kApduTimeout;
  protocol::SecretBytes pin;       ///< for a soft card that is made; empty: the well-known one
  std::string control;             ///< an address, or empty
  std::filesystem::path pid_file;  ///< or empty
  log::Level level = log::Level::Info;
  /// Written as libcacard's own client has it: then commands are read from any standard input.
  bool classic = false;
};

/// The error is the exit status: help was shown, or a line told what is wrong.
std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace vscard::vscclient
