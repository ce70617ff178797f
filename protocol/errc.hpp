#pragma once

#include <system_error>

namespace vscard::protocol {

/// Everything that can be wrong with bytes or with the order of messages. No input throws.
enum class Errc {
  // VSC messages
  PayloadTooLong = 1,  ///< a header announces more than kMaxPayload bytes
  BadLength,           ///< the payload's length does not fit the message's type
  BadExtension,        ///< an ExtHello whose items do not hold, a Power that is none
  BadMagic,            ///< Init without the bytes "VSCD": the peer does not speak VSC
  SpeaksTls,           ///< what comes is TLS
  UnexpectedMessage,   ///< a message that this side never receives, or not in this state
  NoAnswer,            ///< the peer left a request unanswered beyond its time
  Silent,              ///< nothing came from a peer that answers Ping
  TooManyCommands,     ///< more than kMaxQueuedCommands at a client, than one at a host
  ReaderRefused,       ///< the host answered ReaderAdd with an error
  LinkLost,            ///< the connection ended while an answer was awaited
  NoCard,              ///< there is no such reader, or no card in it
  CardFailed,          ///< the client says that the card did not answer
  // ISO 7816
  BadApdu,  ///< lengths inside a command APDU do not agree (ISO 7816-4 §5.1)
  BadAtr,   ///< an ATR's structure does not hold (ISO 7816-3 §8.2)
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::protocol

template <>
struct std::is_error_code_enum<vscard::protocol::Errc> : std::true_type {};
