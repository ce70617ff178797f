// An IFD handler (ifdhandler.h, version 3.0) whose one reader holds a card that answers 9000 to
// everything: the floor of what pcscd's programs can have.

extern "C" {
#include <ifdhandler.h>
}

#include <algorithm>
#include <array>

namespace {

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

RESPONSECODE IFDHCreateChannelByName(DWORD /*Lun*/, LPSTR /*DeviceName*/) { return IFD_SUCCESS; }
RESPONSECODE IFDHCreateChannel(DWORD /*Lun*/, DWORD /*Channel*/) { return IFD_SUCCESS; }
RESPONSECODE IFDHCloseChannel(DWORD /*Lun*/) { return IFD_SUCCESS; }

RESPONSECODE IFDHGetCapabilities(DWORD /*Lun*/, DWORD Tag, PDWORD Length, PUCHAR Value) {
  if (Tag == TAG_IFD_ATR) return give(kAtr, Value, Length);
  if (Tag == TAG_IFD_SLOTS_NUMBER) return give(std::array<UCHAR, 1>{1}, Value, Length);
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

RESPONSECODE IFDHTransmitToICC(DWORD /*Lun*/, SCARD_IO_HEADER SendPci, PUCHAR /*TxBuffer*/,
                               DWORD /*TxLength*/, PUCHAR RxBuffer, PDWORD RxLength,
                               PSCARD_IO_HEADER RecvPci) {
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
