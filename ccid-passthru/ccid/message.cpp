#include "ccid-passthru/ccid/message.hpp"

namespace vscard::ccid_passthru::ccid {

ReplyType reply_type(CommandType type) {
  switch (type) {
    case CommandType::IccPowerOn:
    case CommandType::XfrBlock:
    case CommandType::Secure:
      return ReplyType::DataBlock;
    case CommandType::GetParameters:
    case CommandType::ResetParameters:
    case CommandType::SetParameters:
      return ReplyType::Parameters;
    case CommandType::Escape:
      return ReplyType::Escape;
    case CommandType::SetDataRateAndClockFrequency:
      return ReplyType::DataRateAndClockFrequency;
    case CommandType::IccPowerOff:
    case CommandType::GetSlotStatus:
    case CommandType::IccClock:
    case CommandType::T0Apdu:
    case CommandType::Mechanical:
    case CommandType::Abort:
      break;
  }
  return ReplyType::SlotStatus;
}

std::optional<std::uint32_t> announced_length(protocol::Bytes message) {
  if (message.size() < kHeaderSize) return std::nullopt;
  protocol::ByteReader in(message.subspan(1));
  return in.u32_le();
}

std::optional<ParsedCommand> parse_command(protocol::Bytes message) {
  if (message.size() < kHeaderSize) return std::nullopt;
  protocol::ByteReader in(message);
  ParsedCommand parsed;
  Command& command = parsed.command;
  command.type = CommandType{in.u8()};
  const std::uint32_t length = in.u32_le();
  command.slot = Slot{in.u8()};
  command.seq = Seq{in.u8()};
  for (std::uint8_t& byte : command.specific) byte = in.u8();
  command.data = in.rest();
  parsed.length_ok = command.data.size() == length;
  return parsed;
}

protocol::SecretBytes Reply::encode() const {
  auto message = protocol::SecretBytes::with_capacity(kHeaderSize + data.size());
  protocol::ByteWriter out(message);
  out.u8(static_cast<std::uint8_t>(type));
  out.u32_le(static_cast<std::uint32_t>(data.size()));
  out.u8(static_cast<std::uint8_t>(slot));
  out.u8(static_cast<std::uint8_t>(seq));
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(status) | static_cast<unsigned>(icc)));
  out.u8(error);
  out.u8(specific);
  message.append(data);
  return message;
}

}  // namespace vscard::ccid_passthru::ccid
