#pragma once

#include "capture/spec.hpp"
#include "cards/kind.hpp"
#include "chardev/endpoint.hpp"
#include "program/options.hpp"
#include "protocol/secret.hpp"
#include "session/vsc_link_options.hpp"
#include "vscclient/speaks.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vscard::vscclient {

/// A --vsc and the --card that goes with it.
struct Pair {
  session::VscLinkOptions vsc;
  Speaks speaks = Speaks::Vsc;
  cards::CardSpec card;
};

struct CommandLine {
  std::vector<Pair> pairs;    ///< at least one
  bool one_link = false;      ///< … and all of one --vsc
  protocol::SecretBytes pin;  ///< for a soft card that is made; empty: the well-known one
  program::LinkPolicy policy;
  bool reads_ahead = true;
  std::optional<capture::Spec> capture;
  program::ServiceOptions service;
  std::optional<chardev::Address> inspect;  ///< where the inspector listens
  /// Written as libcacard's own client has it: then commands are read from any standard input.
  bool classic = false;
};

/// The error is the exit status: help was shown, or a line told what is wrong.
std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace vscard::vscclient
