#pragma once

#include "cards/reader.hpp"
#include "cards/recording/read.hpp"
#include "protocol/iso7816/blanking.hpp"
#include "protocol/time.hpp"

#include <cstddef>
#include <expected>
#include <variant>
#include <vector>

namespace vscard::cards::replay {

/// A command and what came of it, in a recording.
struct Exchange {
  std::size_t line = 0;  ///< of the command
  protocol::iso7816::BlankedApdu command;
  std::expected<protocol::iso7816::BlankedApdu, CardError> response;
};

/// Something that happened by itself.
struct Happening {
  CardEvent event;
  protocol::Duration after{};  ///< what came before
};

/// The card's power went off and on: by the host, or since a program ended and another began.
struct Reset {};

using Step = std::variant<Exchange, Happening, Reset>;

/// What the card of the recording did, in its order; a command whose answer is missing is left out,
/// as the last one of a program that was killed.
std::vector<Step> make_script(const recording::Recording& recording);

/// Blank bytes of the recording match any, and any number of them. So does an Le after data: with
/// T=0 it stays in the terminal (ISO 7816-3 §12.2), and a recording may be played with T=1.
bool matches(const protocol::iso7816::BlankedApdu& recorded, protocol::Bytes command);

/// What the card answered, with zeros for what is blank.
std::expected<protocol::SecretBytes, CardError> answer_of(const Exchange& exchange);

inline constexpr std::size_t kMaxDescribed = 64;  ///< bytes

/// A command for a line of the log: its bytes but for secrets, at most kMaxDescribed.
std::string describe(const protocol::iso7816::BlankedApdu& command);

}  // namespace vscard::cards::replay
