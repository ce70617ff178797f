#pragma once

#include "ccid-passthru/usb/descriptors.hpp"
#include "chardev/endpoint.hpp"
#include "program/command_line.hpp"
#include "protocol/failure.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// A reader as the user asks for it.
struct ReaderSpec {
  usb::Identity identity;
  ccid::MessageLimits limits;
  chardev::Endpoint vsc;
  protocol::vsc::PeerLimits client;  ///< the key peer-max-apdu of --vsc
  chardev::Endpoint usbredir;
};

using Word = program::OptionWord;

/// Readers, each from a group of options that begins with --reader NAME. A single one needs no
/// name. The error is a line for the user.
Result<std::vector<ReaderSpec>> parse_readers(const std::vector<Word>& words);

/// A serial number for a reader of this name: always the same on one machine, and another one on
/// another machine.
std::string default_serial(const std::string& reader);

}  // namespace vscard::ccid_passthru
