#pragma once

#include "protocol/vsc/ahead.hpp"

#include <cstddef>
#include <optional>

namespace vscard::protocol::vsc {

/// What the host has got ahead from a card, until it is asked for. The card is in the state that
/// the user of the reader sees: the commands have changed nothing but which bytes GET RESPONSE
/// gets, and these any other command drops.
class AnswersAhead {
 public:
  /// In place of what is there.
  void put(Ahead ahead);
  /// What the card would answer, if that is known. Otherwise the command is for the card, and
  /// everything is dropped.
  std::optional<SecretBytes> take(Bytes command);
  void clear();

 private:
  std::optional<SecretBytes> get_response(Bytes command);
  void join_rest();
  SecretBytes part_of_rest(std::size_t size);

  Ahead ahead_;
  std::size_t next_ = 0;  ///< the exchange after the one that was asked for last
};

}  // namespace vscard::protocol::vsc
