#include "protocol/iso7816/names/interpreter.hpp"

#include "protocol/iso7816/names/commands.hpp"
#include "protocol/iso7816/names/objects.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vscard::protocol::iso7816::names {
namespace {

// Beside those of Instruction.
constexpr std::uint8_t kVerify = 0x20;
constexpr std::uint8_t kChangeReferenceData = 0x24;
constexpr std::uint8_t kDisableVerification = 0x26;
constexpr std::uint8_t kEnableVerification = 0x28;
constexpr std::uint8_t kResetRetryCounter = 0x2c;
constexpr std::uint8_t kGenerateKeyPair = 0x47;
constexpr std::uint8_t kGeneralAuthenticate = 0x87;
constexpr std::uint8_t kInternalAuthenticate = 0x88;
constexpr std::uint8_t kReadBinaryWithOffsetObject = 0xb1;
constexpr std::uint8_t kUpdateBinary = 0xd6;
constexpr std::uint8_t kPutData = 0xda;
constexpr std::uint8_t kGetMetadata = 0xf7;
constexpr std::uint8_t kAttest = 0xf9;

constexpr std::uint8_t kSelectByAid = 0x04;
constexpr std::uint8_t kShortFile = 0x80;  ///< in P1 of READ BINARY
constexpr std::uint8_t kShortFileBits = 0x1f;
constexpr std::uint8_t kTagList = 0x5c;  ///< ISO 7816-4 §8.3.3
constexpr std::size_t kMaxTag = 3;       ///< bytes, as far as tags have names

std::uint32_t number_of(Bytes bytes) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

std::string aid_text(Bytes aid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "application ";
  for (const std::uint8_t byte : aid.first(std::min<std::size_t>(aid.size(), 16))) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

/// The tag that GET DATA asks for, in P1 P2 or in a list that has one.
std::optional<std::uint32_t> tag_of(const CommandApdu& command) {
  if (command.data.size() > 2 && command.data[0] == kTagList) {
    const Bytes tag = command.data.subspan(2);
    if (command.data[1] != tag.size() || tag.size() > kMaxTag) return std::nullopt;
    return number_of(tag);
  }
  return command.p1 * 256U + command.p2;
}

bool succeeded(Bytes response) {
  const auto parsed = ResponseApdu::parse(response);
  if (!parsed) return false;
  const auto status = static_cast<std::uint16_t>(parsed->status);
  return status == 0x9000 || status >> 8 == 0x61 || status >> 8 == 0x62;
}

}  // namespace

Meaning Interpreter::command(Bytes apdu) {
  next_.reset();
  if (apdu.size() < kApduHeader) {
    object_.clear();
    return {.command = command_name(apdu, Family::Unknown), .object = {}};
  }
  cla_ = apdu[0];
  Meaning meaning{.command = command_name(apdu, channel(cla_).application.family),
                  .object = object_of(apdu)};
  object_ = meaning.object;
  return meaning;
}

void Interpreter::response(Bytes apdu) {
  if (next_ && succeeded(apdu)) channel(cla_) = std::move(*next_);
  next_.reset();
}

/// Of a command that does not parse, or is blank, the header tells, but not what is selected.
std::string Interpreter::object_of(Bytes apdu) {
  if (has_secure_messaging(apdu[0])) return "secure messaging";
  const auto parsed = CommandApdu::parse(apdu);
  if (!parsed && apdu[1] == static_cast<std::uint8_t>(Instruction::Select)) return "";
  return object_of(
      parsed ? *parsed : CommandApdu{.cla = apdu[0], .ins = apdu[1], .p1 = apdu[2], .p2 = apdu[3]});
}

std::string Interpreter::object_of(const CommandApdu& command) {
  const Selected& selected = channel(command.cla);
  const Family family = selected.application.family;
  switch (command.ins) {
    case static_cast<std::uint8_t>(Instruction::Select):
      return select(command);
    case static_cast<std::uint8_t>(Instruction::GetResponse):
      return object_;
    case static_cast<std::uint8_t>(Instruction::GetData):
    case static_cast<std::uint8_t>(Instruction::GetDataBerTlv):
      return data_object(command);
    case static_cast<std::uint8_t>(Instruction::ReadBinary):
    case kReadBinaryWithOffsetObject:
    case kUpdateBinary:
      return file_at(command, selected);
    case static_cast<std::uint8_t>(Instruction::ReadRecord):
      return (selected.object.empty() ? "" : selected.object + ", ") + "record " +
             std::to_string(command.p1);
    case kVerify:
    case kChangeReferenceData:
    case kDisableVerification:
    case kEnableVerification:
    case kResetRetryCounter:
      return pin_name(command.p2, family);
    case kGeneralAuthenticate:
    case kGenerateKeyPair:
    case kGetMetadata:
    case kPerformSecurityOperation:
    case kInternalAuthenticate:
      return authenticated_key(command);
    case kPutData:
      return family == Family::OpenPgp ? data_object(command) : "";
    case kAttest:
      return family == Family::Piv ? key_name(command.p1, family) : "";
    default:
      return family == Family::Cac ? selected.object : "";
  }
}

/// A card may have an application selected from its reset on. What is asked of 3FFF is PIV's.
std::string Interpreter::data_object(const CommandApdu& command) {
  const auto tag = tag_of(command);
  if (!tag) return "";
  const Family family = channel(command.cla).application.family;
  if (family != Family::Unknown || command.p1 != 0x3f || command.p2 != 0xff) {
    return data_object_name(*tag, family);
  }
  next_ = {.application = {.name = "PIV", .family = Family::Piv}, .object = "PIV"};
  return data_object_name(*tag, Family::Piv);
}

std::string Interpreter::select(const CommandApdu& command) {
  Selected next = channel(command.cla);
  if (command.p1 == kSelectByAid) {
    next.application = find_application(command.data);
    next.object =
        next.application.name.empty() ? aid_text(command.data) : std::string(next.application.name);
    if (command.data.empty()) next.object = "default application";
  } else if (command.data.size() >= 2) {  // a path ends with the file
    next.object = file_name(static_cast<std::uint16_t>(number_of(command.data.last(2))));
  } else {
    next = {.application = {}, .object = "master file"};
  }
  next_ = next;
  return next.object;
}

std::string Interpreter::authenticated_key(const CommandApdu& command) {
  const Family family = channel(command.cla).application.family;
  if (family == Family::Piv) {
    return command.ins == kPerformSecurityOperation ? "" : key_name(command.p2, family);
  }
  if (family != Family::OpenPgp) return "";
  if (command.ins == kInternalAuthenticate) return "authentication key";
  if (command.ins != kPerformSecurityOperation) return "";
  return command.p1 == 0x9e ? "signature key" : "decryption key";
}

std::string Interpreter::file_at(const CommandApdu& command, const Selected& selected) {
  const unsigned file = command.p1 & kShortFileBits;
  if ((command.p1 & kShortFile) != 0) return "short file " + std::to_string(file);
  const unsigned offset = command.p1 * 256U + command.p2;
  if (offset == 0) return selected.object;
  return (selected.object.empty() ? "" : selected.object + " ") + "+" + std::to_string(offset);
}

}  // namespace vscard::protocol::iso7816::names
