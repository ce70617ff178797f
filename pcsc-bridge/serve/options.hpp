#pragma once

#include "capture/spec.hpp"
#include "cards/kind.hpp"
#include "chardev/endpoint.hpp"
#include "program/options.hpp"
#include "session/vsc_link_options.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::serve {

/// A --reader, or what `ctl add-reader` gets.
struct ReaderSpec {
  std::string name;  ///< without what programs see behind it
  session::VscLinkOptions link;
};

/// `pcsc-bridge serve`
struct ServeOptions {
  chardev::Address socket;
  std::vector<ReaderSpec> readers;
  std::vector<cards::CardSpec> cards;                             ///< of this process, with names
  bool with_system = false;                                       ///< the machine's own readers
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;  ///< of these
  std::optional<capture::Spec> capture;
  std::optional<chardev::Address> inspect;  ///< where the inspector listens
  program::ServiceOptions service;
};

inline constexpr const char* kUsualSocket = "$XDG_RUNTIME_DIR/vscard-pcsc/pcsc.sock";

/// "PATH[,mode=0600][,user=NAME][,group=NAME]", also with unix: before it, or "fd:NAME"; nothing is
/// the usual place. The error is a line for the user.
Result<chardev::Address> parse_socket(const std::string& text);

/// "ENDPOINT[,name=NAME][,cards=N]", with the keys that parse_channel() has. Without a name it is
/// the one of `number`. The error is a line for the user.
Result<ReaderSpec> parse_reader(const std::string& text, std::size_t number,
                                protocol::Duration apdu_timeout);

inline constexpr const char* kWithSystem = "--with-system";
/// That, of `serve` and `run`.
void add_with_system_option(program::CommandLineParser& parser, bool& into);

/// Cards of this process, each with a name. The error is a line for the user.
Result<std::vector<cards::CardSpec>> parse_own_cards(const std::vector<std::string>& texts);

/// The error is the exit status: help was shown, or a line told what is wrong.
std::expected<ServeOptions, int> parse_serve(int argc, const char* const* argv);

}  // namespace vscard::pcsc_bridge::serve
