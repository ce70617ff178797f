#include "pcsc-bridge/reader/attributes.hpp"

#include "protocol/bytes.hpp"

extern "C" {
#include <ifdhandler.h>
}
#include <reader.h>
#include <string_view>

namespace vscard::pcsc_bridge::reader {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Writer = protocol::ByteWriter<Bytes>;

/// pcscd's own limit, of all its readers.
constexpr std::uint8_t kMaxReaders = PCSCLITE_MAX_READERS_CONTEXTS;
constexpr std::uint32_t kVersion = VSCARD_VERSION_MAJOR << 24 | VSCARD_VERSION_MINOR << 16;
/// The control code that we give FEATURE_GET_TLV_PROPERTIES; libccid's has the same value.
constexpr std::uint32_t kGetProperties = SCARD_CTL_CODE(0x330000 + FEATURE_GET_TLV_PROPERTIES);
/// Bytes of an extended command beside its data: header, Lc and Le.
constexpr std::size_t kExtendedOverhead = protocol::iso7816::kApduHeader + 3 + 2;

Bytes text(std::string_view value) {
  Bytes bytes(value.begin(), value.end());
  bytes.push_back(0);
  return bytes;
}

Bytes number(std::uint32_t value) {
  Bytes bytes;
  Writer(bytes).u32_le(value);
  return bytes;
}

/// Bytes of data in an extended command, or 0: short ones alone.
std::uint32_t max_apdu_data(std::size_t max_command) {
  const bool extended = max_command > protocol::vsc::PeerLimits{}.max_command;
  return extended ? static_cast<std::uint32_t>(max_command - kExtendedOverhead) : 0;
}

}  // namespace

std::optional<Bytes> attribute(std::uint64_t tag, const ReaderFacts& facts) {
  switch (tag) {
    case TAG_IFD_SIMULTANEOUS_ACCESS:
      return Bytes{kMaxReaders};
    case TAG_IFD_THREAD_SAFE:
    case TAG_IFD_SLOT_THREAD_SAFE:
    case TAG_IFD_SLOTS_NUMBER:
      return Bytes{1};
    case TAG_IFD_ATR:
    case SCARD_ATTR_ATR_STRING:
      if (!facts.card) return Bytes{};
      return Bytes(facts.card->bytes().begin(), facts.card->bytes().end());
    case SCARD_ATTR_VENDOR_NAME:
      return text("vscard");
    case SCARD_ATTR_VENDOR_IFD_VERSION:
      return number(kVersion);
    case SCARD_ATTR_VENDOR_IFD_SERIAL_NO:
      return text(facts.serial);
    case SCARD_ATTR_MAXINPUT:
      return number(static_cast<std::uint32_t>(facts.max_command));
    default:
      return std::nullopt;
  }
}

/// Type, length, value; the list's values are big endian, those of properties little endian
/// (PC/SC part 10 §2.2, §2.6.14).
std::optional<Bytes> control(std::uint64_t code, std::size_t max_command) {
  Bytes answer;
  Writer out(answer);
  if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
    out.u8(FEATURE_GET_TLV_PROPERTIES);
    out.u8(4);
    out.u32_be(kGetProperties);
  } else if (code == kGetProperties) {
    out.u8(PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize);
    out.u8(4);
    out.u32_le(max_apdu_data(max_command));
  } else {
    return std::nullopt;
  }
  return answer;
}

}  // namespace vscard::pcsc_bridge::reader
