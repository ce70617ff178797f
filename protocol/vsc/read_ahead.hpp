#pragma once

#include "protocol/iso7816/apdu.hpp"
#include "protocol/time.hpp"
#include "protocol/vsc/ahead.hpp"
#include "protocol/vsc/read_history.hpp"
#include "protocol/vsc/readable.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace vscard::protocol::vsc {

/// What the client's side asks a card before the host asks.
enum class AheadPolicy : std::uint8_t {
  Nothing,
  Rest,   ///< what a response announces: 61xx, the rest of its data; 6Cxx, the right length
  Reads,  ///< … and the reads that followed before; for a card that nobody else uses
};

/// Asks a card ahead, after one command of the host at a time, which the caller gives the card:
///
///     read.begin(command, now);
///     while (auto next = read.next(response, round_trip, now)) …   which the card gets, too
///     read.take_answer(), read.take_ahead();                       for the host
///
/// A read saves a round trip if the host wants it, and costs the card's time if not. So all
/// together take no longer than the round trips that they can save.
class ReadAhead {
 public:
  explicit ReadAhead(AheadPolicy policy = AheadPolicy::Nothing) : policy_(policy) {}

  void begin(Bytes command, Time now);
  /// The response of the command that the card had last; the next one, or nothing. `round_trip` is
  /// the host's, if it is known.
  std::optional<SecretBytes> next(SecretBytes response, std::optional<Duration> round_trip,
                                  Time now);

  /// The response of begin()'s command, if the card has given one: the card may fail later.
  std::optional<SecretBytes> take_answer();
  Ahead take_ahead();

  /// It is another card, or was reset: nothing is selected any more.
  void card_changed() { readable_ = {}; }

 private:
  void keep(SecretBytes response, Time now);
  std::optional<SecretBytes> announced(iso7816::StatusWord status) const;
  std::optional<SecretBytes> expected(std::optional<Duration> round_trip, Time now);
  bool is_answered(Bytes command) const;

  AheadPolicy policy_;
  Readable readable_;
  ReadHistory history_;

  ReadHistory::Command current_;  ///< the host's command, or the last read in its place
  SecretBytes asked_;             ///< what the card has got last, if it is a read or its rest
  std::optional<SecretBytes> answer_;
  Time answered_;
  Ahead ahead_;
  std::size_t ahead_bytes_ = 0;
  std::deque<ReadHistory::Command> expected_;  ///< reads that are still to be done
};

}  // namespace vscard::protocol::vsc
