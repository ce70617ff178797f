#pragma once

#include "cards/replay/player.hpp"

namespace vscard::cards::replay {

/// Plays a recording once, from its begin to its end: the commands have to be those of the
/// recording, in their order. From the first one that differs on all are answered 6F00, since the
/// card is no longer in the state that the recording has; a line tells where that was.
///
/// Resets are left to the host: when a service switches a card off that nobody uses, is a matter of
/// time. The card comes and goes as it did.
class InOrder final : public Player {
 public:
  /// `warn` is told the difference, `tell` that all was played.
  InOrder(std::string file, std::vector<Step> script, Tell tell, Tell warn);

  Answer transmit(protocol::Bytes command) override;
  void reset() override { blanking_ = recorded_ = {}; }
  const Happening* next_happening() const override;
  void pass_happening() override;

 private:
  void skip_resets();
  Answer differ(const protocol::iso7816::BlankedApdu& got);
  std::string expected() const;
  protocol::iso7816::BlankedApdu without_secrets(
      const protocol::iso7816::BlankedApdu& command) const;
  std::string first_difference(const protocol::iso7816::BlankedApdu& got) const;

  std::string file_;
  std::vector<Step> script_;
  Tell tell_;
  Tell warn_;
  std::size_t next_ = 0;       ///< of the script; never a Reset
  std::size_t last_line_ = 0;  ///< of the exchange before
  bool differs_ = false;
  protocol::iso7816::Blanking blanking_;  ///< of the commands that come
  protocol::iso7816::Blanking recorded_;  ///< … and of those that came
};

}  // namespace vscard::cards::replay
