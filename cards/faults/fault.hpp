#pragma once

#include "protocol/failure.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vscard::cards::faults {

// What may go wrong with a command. Where it says "in place of the card", the card does not get it.

struct Mute {};  ///< in place of the card: no answer
/// In place of the card: this status word, without data.
struct Status {
  std::uint16_t word = 0;
};
/// The card gets the command later.
struct Slow {
  protocol::Duration by{};
};
/// In place of the card: it is pulled out, and loses its power.
struct Remove {
  std::optional<protocol::Duration> back = std::chrono::seconds(1);  ///< nothing: it stays out
};
/// In place of the card: another program resets it, and the command is lost.
struct ResetByOther {};
/// Of the card's response, the first bytes are all that comes.
struct CutResponse {
  std::size_t size = 0;  ///< bytes, at least those of a status word
};
struct FlipBit {};  ///< one bit of the card's response is wrong
/// The card shows this one whenever it is powered.
struct OtherAtr {
  protocol::iso7816::Atr atr;
};

using Action =
    std::variant<Mute, Status, Slow, Remove, ResetByOther, CutResponse, FlipBit, OtherAtr>;

/// Which commands a fault hits, all that do not say otherwise.
struct Condition {
  std::optional<std::uint8_t> ins;
  std::optional<std::uint8_t> cla;
  std::uint64_t after = 0;  ///< so many of those are spared
  std::uint64_t every = 1;  ///< of the others each so-manyth is hit
  double probability = 1;
  std::uint64_t seed = 1;  ///< of the chances, and of what is left to chance
  std::uint64_t times = std::numeric_limits<std::uint64_t>::max();  ///< at most
};

/// Something that a card does wrong.
struct Fault {
  std::string text;  ///< as it was written
  Action action;
  Condition when;
};

inline constexpr std::chrono::hours kLongestSlowness{1};

/// NAME[:VALUE][@CONDITION=VALUE]…, where a comma may stand for the later @:
///
///     mute-after:12
///     sw:6982@ins=2a
///     flip-bit@p=0.001,seed=7
///
/// A value that is a condition itself is one: remove-in:ins=87. The failure is a line for the user.
Result<Fault> parse_fault(std::string_view text);
/// "ins", "p" …
bool is_condition(std::string_view name);
/// "20ms", "3s", "1m", up to kLongestSlowness.
std::optional<protocol::Duration> parse_duration(std::string_view text);

}  // namespace vscard::cards::faults
