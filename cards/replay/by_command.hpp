#pragma once

#include "cards/replay/place.hpp"
#include "cards/replay/player.hpp"

namespace vscard::cards::replay {

/// Answers a command as the card did in the same place: with the same selected, and with the same
/// verified or, if it succeeded there, less. Where it had several answers they come in their order,
/// and the last one stays. The card is always in.
class ByCommand final : public Player {
 public:
  /// `warn` is told of each command that the recording does not have there.
  ByCommand(std::string file, std::vector<Step> script, Tell warn);

  Answer transmit(protocol::Bytes command) override;
  void reset() override;
  const Happening* next_happening() const override;
  void pass_happening() override { inserted_.reset(); }

 private:
  struct Entry {
    Exchange exchange;
    Place place;  ///< before it
    bool used = false;
  };
  void add(const Step& step, Place& place);
  /// Of the entries with this command that are `right`, the first unused one, else the last.
  template <class Right>
  Entry* find(protocol::Bytes command, Right right);

  std::string file_;
  std::vector<Entry> entries_;
  std::optional<Happening> inserted_;
  Tell warn_;
  Place place_;
  protocol::iso7816::Blanking blanking_;  ///< of the commands that come
};

}  // namespace vscard::cards::replay
