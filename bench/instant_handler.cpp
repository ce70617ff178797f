// An IFD handler (ifdhandler.h, version 3.0) whose readers hold a card that answers 9000 to
// everything: the floor of what pcscd's programs can have. The reader with the DEVICENAME
// "ping-pong" asks another process before, with blocking sockets and nothing else: what a handler
// can reach whose card is elsewhere.

#include "bench/floor.hpp"

extern "C" {
#include <ifdhandler.h>
}

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <string_view>

namespace {

using vscard::bench::PingPong;

std::unique_ptr<PingPong> other;  ///< there is one such reader
DWORD others_reader{};

constexpr std::array<UCHAR, 4> kAtr{0x3b, 0x80, 0x01, 0x81};
constexpr std::array<UCHAR, 2> kSuccess{0x90, 0x00};

template <std::size_t Size>
RESPONSECODE give(const std::array<UCHAR, Size>& bytes, PUCHAR to, PDWORD length) {
  if (*length < Size) return IFD_ERROR_INSUFFICIENT_BUFFER;
  std::ranges::copy(bytes, to);
  *length = Size;
  return IFD_SUCCESS;
}

}  // namespace

extern "C" {

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName) {
  if (std::string_view(DeviceName) != "ping-pong:") return IFD_SUCCESS;
  try {
    other = std::make_unique<PingPong>("unix", std::nullopt);
    others_reader = Lun;
    return IFD_SUCCESS;
  } catch (const std::exception&) {
    return IFD_COMMUNICATION_ERROR;
  }
}
RESPONSECODE IFDHCreateChannel(DWORD /*Lun*/, DWORD /*Channel*/) { return IFD_SUCCESS; }
RESPONSECODE IFDHCloseChannel(DWORD Lun) {
  if (other && Lun == others_reader) other.reset();
  return IFD_SUCCESS;
}

RESPONSECODE IFDHGetCapabilities(DWORD /*Lun*/, DWORD Tag, PDWORD Length, PUCHAR Value) {
  if (Tag == TAG_IFD_ATR) return give(kAtr, Value, Length);
  if (Tag == TAG_IFD_SLOTS_NUMBER) return give(std::array<UCHAR, 1>{1}, Value, Length);
  // Else pcscd gives both readers one number.
  if (Tag == TAG_IFD_SIMULTANEOUS_ACCESS) return give(std::array<UCHAR, 1>{2}, Value, Length);
  return IFD_ERROR_TAG;
}

RESPONSECODE IFDHSetCapabilities(DWORD /*Lun*/, DWORD /*Tag*/, DWORD /*Length*/, PUCHAR /*Value*/) {
  return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD /*Lun*/, DWORD /*Protocol*/, UCHAR /*Flags*/,
                                       UCHAR /*PTS1*/, UCHAR /*PTS2*/, UCHAR /*PTS3*/) {
  return IFD_SUCCESS;
}

RESPONSECODE IFDHPowerICC(DWORD /*Lun*/, DWORD /*Action*/, PUCHAR Atr, PDWORD AtrLength) {
  return give(kAtr, Atr, AtrLength);
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR /*TxBuffer*/,
                               DWORD /*TxLength*/, PUCHAR RxBuffer, PDWORD RxLength,
                               PSCARD_IO_HEADER RecvPci) {
  try {
    if (other && Lun == others_reader) other->exchange();
  } catch (const std::exception&) {
    return IFD_COMMUNICATION_ERROR;
  }
  *RecvPci = {.Protocol = SendPci.Protocol, .Length = sizeof(SCARD_IO_HEADER)};
  return give(kSuccess, RxBuffer, RxLength);
}

RESPONSECODE IFDHControl(DWORD /*Lun*/, DWORD /*ControlCode*/, PUCHAR /*TxBuffer*/,
                         DWORD /*TxLength*/, PUCHAR /*RxBuffer*/, DWORD /*RxLength*/,
                         LPDWORD /*BytesReturned*/) {
  return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHICCPresence(DWORD /*Lun*/) { return IFD_ICC_PRESENT; }

}  // extern "C"
