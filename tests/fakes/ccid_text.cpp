#include "tests/fakes/ccid_text.hpp"

#include "tests/fakes/hex.hpp"

#include <array>

namespace vscard::fakes {
namespace {

using namespace ccid_passthru::ccid;

std::string name_of(std::uint8_t reply_type) {
  switch (ReplyType{reply_type}) {
    case ReplyType::DataBlock:
      return "DataBlock";
    case ReplyType::SlotStatus:
      return "SlotStatus";
    case ReplyType::Parameters:
      return "Parameters";
    case ReplyType::Escape:
      return "Escape";
    case ReplyType::DataRateAndClockFrequency:
      return "DataRateAndClockFrequency";
  }
  return "unknown type " + std::to_string(reply_type);
}

std::string hex(std::uint8_t byte) { return to_hex(std::array{byte}); }

std::string text(const Reader::Transmit& it) { return "transmit " + to_hex(it.command.view()); }
std::string text(const Reader::AbortTransmit& /*it*/) { return "abort transmit"; }
std::string text(const Reader::PowerCard& it) {
  return it.action == protocol::vsc::PowerAction::Down ? "power down" : "reset";
}
std::string text(const Reader::Answer& it) { return text_of(it.message.view()); }
std::string text(const Reader::TimeExtension& it) { return "wait: " + text_of(it.message.view()); }
std::string text(const Reader::SlotChanged& /*it*/) { return "slot changed"; }

std::vector<std::uint8_t> message(CommandType type, std::uint8_t seq, protocol::Bytes specific,
                                  protocol::Bytes data) {
  std::vector<std::uint8_t> bytes;
  protocol::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(type));
  out.u32_le(static_cast<std::uint32_t>(data.size()));
  out.u8(0);
  out.u8(seq);
  out.bytes(specific);
  out.bytes(data);
  return bytes;
}

}  // namespace

std::string text_of(protocol::Bytes message) {
  protocol::ByteReader in(message);
  std::string line = name_of(in.u8());
  const std::uint32_t length = in.u32_le();
  const std::uint8_t slot = in.u8();
  line += " " + std::to_string(in.u8());
  for (int i = 0; i < 3; ++i) line += " " + hex(in.u8());
  if (slot != 0) line += " slot " + std::to_string(slot);
  if (in.remaining() != length) line += " dwLength " + std::to_string(length);
  if (in.remaining() > 0) line += " " + to_hex(in.rest());
  return line;
}

std::vector<std::string> text_of(const Reader::Actions& actions) {
  std::vector<std::string> lines;
  for (const auto& action : actions) {
    lines.push_back(std::visit([](const auto& it) { return text(it); }, action));
  }
  return lines;
}

std::vector<std::uint8_t> command(CommandType type, std::uint8_t seq, std::string_view data,
                                  std::string_view specific) {
  return message(type, seq, from_hex(specific), from_hex(data));
}

std::vector<std::uint8_t> xfr_block(std::uint8_t seq, protocol::Bytes part, Chain chain) {
  // bBWI, wLevelParameter
  return message(CommandType::XfrBlock, seq,
                 std::array<std::uint8_t, 3>{0, static_cast<std::uint8_t>(chain), 0}, part);
}

}  // namespace vscard::fakes
