#include "ccid-passthru/ccid/blanking.hpp"

#include "ccid-passthru/ccid/chaining.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru::ccid {
namespace {

// Bytes of a header.
constexpr std::size_t kSeq = 6;
constexpr std::size_t kStatus = 7;
constexpr std::size_t kChainParameter = 9;

bool is_time_extension(protocol::Bytes message) {
  constexpr auto kExtension = static_cast<unsigned>(CommandStatus::TimeExtension);
  return message.size() > kStatus && (message[kStatus] & kExtension) != 0;
}

BlankedMessage shown(protocol::Bytes message) {
  return {.bytes = {message.begin(), message.end()}, .blanked = false};
}

BlankedMessage header_of(protocol::Bytes message) {
  const std::size_t size = std::min(message.size(), kHeaderSize);
  BlankedMessage blanked{.bytes = {message.begin(), message.begin() + static_cast<long>(size)},
                         .blanked = message.size() > size};
  blanked.bytes.resize(message.size());
  return blanked;
}

BlankedMessage with(protocol::Bytes message, const protocol::iso7816::BlankedApdu& apdu) {
  BlankedMessage blanked = shown(message.first(kHeaderSize));
  blanked.bytes.insert(blanked.bytes.end(), apdu.bytes.begin(), apdu.bytes.end());
  blanked.blanked = apdu.blank_size > 0;
  return blanked;
}

}  // namespace

BlankedMessage MessageBlanking::command(protocol::Bytes message) {
  const auto parsed = parse_command(message);
  if (!parsed) return header_of(message);
  const Command& command = parsed->command;
  powering_.reset();
  if (!parsed->length_ok) return header_of(message);
  switch (command.type) {
    case CommandType::XfrBlock:
      return transfer(command, message);
    case CommandType::IccPowerOn:
      powering_ = static_cast<std::uint8_t>(command.seq);
      break;
    case CommandType::SetParameters:
      return shown(message);
    case CommandType::IccPowerOff:
    case CommandType::GetSlotStatus:
    case CommandType::GetParameters:
    case CommandType::ResetParameters:
    case CommandType::Abort:
    case CommandType::Secure:
    case CommandType::T0Apdu:
    case CommandType::Escape:
    case CommandType::IccClock:
    case CommandType::Mechanical:
    case CommandType::SetDataRateAndClockFrequency:
      break;
  }
  return header_of(message);
}

BlankedMessage MessageBlanking::transfer(const Command& command, protocol::Bytes message) {
  ++transfers_;
  if (Chain{command.level_parameter()} == Chain::Whole) {
    return with(message, apdus_.command(command.data));
  }
  apdus_.forget();
  return header_of(message);
}

BlankedMessage MessageBlanking::reply(protocol::Bytes message) {
  const std::size_t transfers = is_time_extension(message) ? 0 : std::exchange(transfers_, 0);
  if (message.size() <= kHeaderSize) return shown(message);
  switch (ReplyType{message.front()}) {
    case ReplyType::DataBlock:
      return data_block(message, transfers);
    case ReplyType::SlotStatus:
    case ReplyType::Parameters:
    case ReplyType::DataRateAndClockFrequency:
      return shown(message);
    case ReplyType::Escape:
      break;
  }
  return header_of(message);
}

BlankedMessage MessageBlanking::data_block(protocol::Bytes message, std::size_t transfers) {
  if (powering_ == message[kSeq]) return shown(message);  // the ATR
  if (Chain{message[kChainParameter]} == Chain::Whole && transfers == 1) {
    return with(message, apdus_.response(message.subspan(kHeaderSize)));
  }
  apdus_.forget();
  return header_of(message);
}

}  // namespace vscard::ccid_passthru::ccid
