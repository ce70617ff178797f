#pragma once

#include "ccid-passthru/ccid/reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::fakes {

/// What the reader does, as text that a test can list:
///   "DataBlock 7 00 00 00 3b00"    an answer: bSeq, bStatus, bError, byte 9, data
///   "wait: DataBlock 7 80 01 00"   a time extension
///   "transmit 00a40400"            and so on, see ccid_text.cpp
std::vector<std::string> text_of(const ccid_passthru::ccid::Reader::Actions& actions);
/// A message to the guest.
std::string text_of(protocol::Bytes message);

/// The bytes of a command in slot 0; `specific` is its bytes 7 to 9 in hex.
std::vector<std::uint8_t> command(ccid_passthru::ccid::CommandType type, std::uint8_t seq,
                                  std::string_view data = "", std::string_view specific = "000000");
/// XfrBlock with a part of an APDU.
std::vector<std::uint8_t> xfr_block(
    std::uint8_t seq, protocol::Bytes part,
    ccid_passthru::ccid::Chain chain = ccid_passthru::ccid::Chain::Whole);

}  // namespace vscard::fakes
