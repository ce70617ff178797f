// The functions of ifdhandler.h, version 3.0, that pcscd calls: from several threads at once, those
// of one reader mostly one at a time. Nothing is thrown at it.

#include "pcsc-bridge/ifd/bridge.hpp"
#include "pcsc-bridge/ifd/log.hpp"
#include "pcsc-bridge/reader/attributes.hpp"

extern "C" {
#include <ifdhandler.h>
}
#include <algorithm>
#include <bit>
#include <exception>
#include <optional>
#include <reader.h>

namespace vscard::pcsc_bridge::ifd {
namespace {

using protocol::Errc;
using protocol::vsc::PowerAction;

/// Never destroyed: pcscd may exit with readers open, and with its threads in here.
Bridge& bridge() {
  static Bridge& instance = *new Bridge;
  return instance;
}

template <class Body>
RESPONSECODE guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::exception& failure) {
    log::error(failure.what());
    return IFD_COMMUNICATION_ERROR;
  }
}

template <class Body>
RESPONSECODE on_reader(DWORD lun, Body body) noexcept {
  return guarded([&]() -> RESPONSECODE {
    const auto channel = bridge().find(Lun{lun});
    return channel ? body(*channel) : IFD_NO_SUCH_DEVICE;
  });
}

/// `length` is the room at `to`, then the bytes there.
RESPONSECODE give(protocol::Bytes bytes, UCHAR* to, DWORD* length) {
  const DWORD room = *length;
  *length = 0;
  if (bytes.size() > room) return IFD_ERROR_INSUFFICIENT_BUFFER;
  std::ranges::copy(bytes, to);
  *length = bytes.size();
  return IFD_SUCCESS;
}

RESPONSECODE code_of(Errc reason) {
  if (reason == Errc::NoCard) return IFD_ICC_NOT_PRESENT;
  if (reason == Errc::NoAnswer) return IFD_RESPONSE_TIMEOUT;
  return IFD_COMMUNICATION_ERROR;
}

/// pcscd powers a card up that it has powered down before, or that it has just found.
std::optional<PowerAction> power_action(DWORD action) {
  if (action == IFD_POWER_DOWN) return PowerAction::Down;
  if (action == IFD_POWER_UP) return PowerAction::ColdReset;
  if (action == IFD_RESET) return PowerAction::WarmReset;
  return std::nullopt;
}

RESPONSECODE wait_for_card_event(DWORD lun, int timeout_ms) noexcept {
  return on_reader(lun, [&](reader::Channel& channel) -> RESPONSECODE {
    channel.slot.wait_for_change(std::chrono::milliseconds(std::max(timeout_ms, 0)));
    return IFD_SUCCESS;
  });
}

RESPONSECODE end_wait_for_card_event(DWORD lun) noexcept {
  return on_reader(lun, [&](reader::Channel& channel) -> RESPONSECODE {
    channel.slot.end_wait();
    return IFD_SUCCESS;
  });
}

template <class Function>
RESPONSECODE give_function(Function* function, UCHAR* to, DWORD* length) {
  return give(std::bit_cast<std::array<std::uint8_t, sizeof function>>(function), to, length);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::ifd

using namespace vscard::pcsc_bridge;
using namespace vscard::pcsc_bridge::ifd;

extern "C" {

// NOLINTNEXTLINE(readability-non-const-parameter): as ifdhandler.h has it
RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName) {
  return guarded([&]() -> RESPONSECODE {
    const auto opened = bridge().open(ifd::Lun{Lun}, DeviceName);
    if (opened) return IFD_SUCCESS;
    log::error(opened.error().text.c_str());
    return IFD_COMMUNICATION_ERROR;
  });
}

RESPONSECODE IFDHCreateChannel(DWORD /*Lun*/, DWORD /*Channel*/) {
  log::error("the reader has no DEVICENAME; it is an endpoint, e.g. listen:unix:/run/vscard.sock");
  return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHCloseChannel(DWORD Lun) {
  return guarded([&]() -> RESPONSECODE {
    bridge().close(ifd::Lun{Lun});
    return IFD_SUCCESS;
  });
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value) {
  return on_reader(Lun, [&](reader::Channel& channel) -> RESPONSECODE {
    if (Tag == TAG_IFD_POLLING_THREAD_WITH_TIMEOUT) {
      return give_function(wait_for_card_event, Value, Length);
    }
    if (Tag == TAG_IFD_STOP_POLLING_THREAD) {
      return give_function(end_wait_for_card_event, Value, Length);
    }
    const auto value =
        reader::attribute(Tag, {.serial = channel.options.link.endpoint.address.text(),
                                .max_command = channel.max_command,
                                .card = channel.slot.card()});
    return value ? give(*value, Value, Length) : IFD_ERROR_TAG;
  });
}

RESPONSECODE IFDHSetCapabilities(DWORD /*Lun*/, DWORD /*Tag*/, DWORD /*Length*/, PUCHAR /*Value*/) {
  return IFD_NOT_SUPPORTED;
}

/// The client's reader speaks to the card; here are only APDUs, and any T that it offers will do.
RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR /*Flags*/, UCHAR /*PTS1*/,
                                       UCHAR /*PTS2*/, UCHAR /*PTS3*/) {
  return on_reader(Lun, [&](reader::Channel& channel) -> RESPONSECODE {
    const auto card = channel.slot.card();
    if (!card) return IFD_ICC_NOT_PRESENT;
    const auto offered = std::ranges::any_of(card->protocols(), [&](std::uint8_t t) {
      return (t == 0 && Protocol == SCARD_PROTOCOL_T0) || (t == 1 && Protocol == SCARD_PROTOCOL_T1);
    });
    return offered ? IFD_SUCCESS : IFD_PROTOCOL_NOT_SUPPORTED;
  });
}

/// Powering up and a reset give the ATR again. What the card loses by it, it loses before its next
/// command, if the client can do that.
RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength) {
  return on_reader(Lun, [&](reader::Channel& channel) -> RESPONSECODE {
    const auto power = power_action(Action);
    if (!power) return IFD_NOT_SUPPORTED;
    bridge().power(ifd::Lun{Lun}, *power);
    if (*power == PowerAction::Down) {
      *AtrLength = 0;
      return IFD_SUCCESS;
    }
    const auto card = channel.slot.card();
    return card ? give(card->bytes(), Atr, AtrLength) : IFD_ERROR_POWER_ACTION;
  });
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength,
                               PUCHAR RxBuffer, PDWORD RxLength, PSCARD_IO_HEADER RecvPci) {
  return guarded([&]() -> RESPONSECODE {
    const reader::Answer answer = bridge().transmit(ifd::Lun{Lun}, {TxBuffer, TxLength});
    if (!answer) {
      *RxLength = 0;
      return code_of(answer.error());
    }
    *RecvPci = {.Protocol = SendPci.Protocol, .Length = sizeof(SCARD_IO_HEADER)};
    return give(answer->view(), RxBuffer, RxLength);
  });
}

RESPONSECODE IFDHControl(DWORD Lun, DWORD ControlCode, PUCHAR /*TxBuffer*/, DWORD /*TxLength*/,
                         PUCHAR RxBuffer, DWORD RxLength, LPDWORD BytesReturned) {
  *BytesReturned = 0;
  return on_reader(Lun, [&](reader::Channel& channel) -> RESPONSECODE {
    const auto answer = reader::control(ControlCode, channel.max_command);
    if (!answer) return IFD_NOT_SUPPORTED;
    *BytesReturned = RxLength;
    return give(*answer, RxBuffer, BytesReturned);
  });
}

RESPONSECODE IFDHICCPresence(DWORD Lun) {
  return on_reader(Lun, [&](reader::Channel& channel) -> RESPONSECODE {
    return channel.slot.card() ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
  });
}

}  // extern "C"
