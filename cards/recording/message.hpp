#pragma once

#include "cards/reader.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/iso7816/blanking.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vscard::cards::recording {

/// Of the format. A reader refuses another one.
inline constexpr int kVersion = 1;
inline constexpr std::string_view kFormat = "vscard recording";

/// The first line, and one more for each start of a program that goes on with the file:
///
///     {"format":"vscard
///     recording","version":1,"time":T,"card":"soft","reader":"…","secrets":"blank"}
struct Header {
  std::string reader;  ///< as ReaderInfo has it
  bool with_secrets = false;
  bool operator==(const Header&) const = default;
};

/// {"time":T,"card":"soft","command":"0020008000…","blank":{"from":4,"bytes":9},"name":"VERIFY"}
///
/// With "object", where it is known on what: "certificate 9a, authentication". Name and object are
/// for people, and not read.
struct Command {
  protocol::iso7816::BlankedApdu apdu;
  bool operator==(const Command&) const = default;
};

/// {"time":T,"card":"soft","response":"9000"}, with "blank" as above
struct Response {
  protocol::iso7816::BlankedApdu apdu;
  bool operator==(const Response&) const = default;
};

/// {"time":T,"card":"soft","response":null,"why":"no card"}, or "failed"
struct NoResponse {
  CardError why = CardError::Failed;
  bool operator==(const NoResponse&) const = default;
};

/// {"time":T,"card":"soft","event":"inserted","atr":"3b…"}
///
///     inserted     with its ATR
///     removed      without
///     reset        by the host; without an ATR it failed
///     other-reset  by another program, with its ATR
struct Event {
  enum class What : std::uint8_t { Inserted, Removed, Reset, OtherReset };
  What what = What::Removed;
  std::optional<protocol::iso7816::Atr> atr;
  bool operator==(const Event&) const = default;
};

std::string_view name_of(Event::What what);

using Message = std::variant<Header, Command, Response, NoResponse, Event>;

/// Since 1970-01-01 UTC. In a line: seconds with six decimals.
using Timestamp = std::chrono::microseconds;

}  // namespace vscard::cards::recording
