#pragma once

#include "ccid-passthru/usb/descriptors.hpp"
#include "chardev/endpoint.hpp"
#include "program/command_line.hpp"
#include "protocol/failure.hpp"
#include "session/vsc_link_options.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// A reader as the user asks for it.
struct ReaderSpec {
  usb::Identity identity;
  ccid::MessageLimits limits;
  session::VscLinkOptions vsc;
  std::optional<std::uint32_t> cards = {};  ///< of a client on its connection, if the user says so
  /// One for each card, or a single one at which each takes a stream of its own; none: the readers
  /// are carried by USB/IP.
  std::vector<chardev::Endpoint> usbredir = {};

  /// Where the reader for the card in this place, from 0, meets the machine; null: by USB/IP.
  const chardev::Endpoint* usbredir_of(std::size_t place) const;
};

/// An option of a reader, for the command line and for `ctl add`.
struct ReaderOption {
  const char* name;
  const char* value;  ///< what it is called in help
  const char* text;
  Result<> (*parse)(const std::string& text, ReaderSpec& reader);
};
/// All of them. The first one names a reader, and those that follow it are that reader's.
std::span<const ReaderOption> reader_options();

using Word = program::OptionWord;

/// Does the program carry readers by USB/IP?
enum class Usbip { Yes, No };

/// Readers, each from a group of options that begins with --reader NAME. A single one needs no
/// name. The error is a line for the user.
Result<std::vector<ReaderSpec>> parse_readers(const std::vector<Word>& words,
                                              Usbip usbip = Usbip::No);

/// A serial number for a reader of this name: always the same on one machine, and another one on
/// another machine.
std::string default_serial(const std::string& reader);

/// What the reader for a further card of a client is called: "FIRST-2" for the card in place 2. The
/// same place has the same name and serial number each time.
usb::Identity identity_beside(usb::Identity first, std::uint32_t place);

}  // namespace vscard::ccid_passthru
