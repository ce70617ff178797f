#include "protocol/vsc/readable.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace vscard::protocol::vsc {
namespace {

using iso7816::CommandApdu;
using iso7816::Instruction;

/// What the applications of a CAC begin with: DoD's (a0 00 00 00 79) and GSC-IS's (a0 00 00 01 16).
constexpr std::array<std::uint8_t, 5> kDod{0xa0, 0x00, 0x00, 0x00, 0x79};
constexpr std::array<std::uint8_t, 5> kGscIs{0xa0, 0x00, 0x00, 0x01, 0x16};
/// GSC-IS 2.1 §5.3.
constexpr std::uint8_t kReadBuffer = 0x52;
constexpr std::uint8_t kGetProperties = 0x56;

/// A file by its short name would become the current one.
constexpr bool names_file(const CommandApdu& read) {
  return Instruction{read.ins} == Instruction::ReadBinary ? (read.p1 & 0x80) != 0
                                                          : read.p2 >> 3 != 0;
}
/// … and "the next record" is another one each time.
constexpr bool by_number(const CommandApdu& read) { return (read.p2 & 0x07) == 4; }
constexpr bool selects_application(const CommandApdu& command) {
  return Instruction{command.ins} == Instruction::Select && command.p1 == 4;
}

bool is_cac(Bytes aid) {
  const Bytes head = aid.first(std::min(aid.size(), kDod.size()));
  return std::ranges::equal(head, kDod) || std::ranges::equal(head, kGscIs);
}

bool reads(const CommandApdu& command) {
  switch (Instruction{command.ins}) {
    case Instruction::ReadBinary:
      return !names_file(command);
    case Instruction::ReadRecord:
      return !names_file(command) && by_number(command);
    case Instruction::GetData:
    case Instruction::GetDataBerTlv:
      return true;
    case Instruction::Select:
    case Instruction::GetResponse:
      return false;
  }
  return false;
}

}  // namespace

bool Readable::operator()(Bytes bytes) {
  const auto command = CommandApdu::parse(bytes);
  if (!command) return false;
  if (selects_application(*command)) cac_ = is_cac(command->data);
  const bool of_cac = cac_ && (command->ins == kReadBuffer || command->ins == kGetProperties);
  if (of_cac) return iso7816::is_plain(command->cla & 0x7f);
  return iso7816::is_plain(command->cla) && reads(*command);
}

}  // namespace vscard::protocol::vsc
