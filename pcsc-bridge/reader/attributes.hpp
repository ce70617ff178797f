#pragma once

#include "protocol/iso7816/atr.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::reader {

/// What can be asked of a reader.
struct ReaderFacts {
  std::string serial;
  std::size_t max_command = protocol::vsc::PeerLimits{}.max_command;  ///< bytes, the client's
  std::optional<protocol::iso7816::Atr> card;
};

/// The value of a TAG_IFD_… of ifdhandler.h or a SCARD_ATTR_… of PC/SC part 3; none: it has no
/// such. Numbers have the machine's byte order, strings end with a zero byte.
std::optional<std::vector<std::uint8_t>> attribute(std::uint64_t tag, const ReaderFacts& facts);

/// The answer to a control code of PC/SC part 10: the list of features, and the properties of the
/// reader, whose client takes commands of so many bytes. None: another code.
std::optional<std::vector<std::uint8_t>> control(std::uint64_t code, std::size_t max_command);

}  // namespace vscard::pcsc_bridge::reader
